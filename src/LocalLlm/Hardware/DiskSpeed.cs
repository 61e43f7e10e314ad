using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LocalLlm.Hardware;

/// <summary>Measures how fast a file is read from its disk, past the page cache.</summary>
internal static unsafe partial class DiskSpeed
{
    private const long LeastBytes = 16L << 20;
    private const int BlockBytes = 8 << 20;
    private const int Alignment = 4096;
    private const double MostSeconds = 0.5;

    // What .NET's enumeration lacks, but lets through: FILE_FLAG_NO_BUFFERING.
    private const FileOptions NoBuffering = (FileOptions)0x2000_0000;

    // fcntl.h; the flag's value is the architecture's own.
    private const int SetFlags = 4;

    /// <summary>Bytes per second; null for a small file, and where the system or the file system offers no way past its cache.</summary>
    internal static long? Measure(string file)
    {
        try
        {
            using SafeFileHandle handle = File.OpenHandle(file, options: OperatingSystem.IsWindows() ? NoBuffering : FileOptions.None);
            return RandomAccess.GetLength(handle) >= LeastBytes && IsDirect(handle) ? Read(handle) : null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long? Read(SafeFileHandle handle)
    {
        byte* block = (byte*)NativeMemory.AlignedAlloc(BlockBytes, Alignment);
        try
        {
            long whole = RandomAccess.GetLength(handle) / BlockBytes * BlockBytes;
            long read = 0;
            long start = Stopwatch.GetTimestamp();
            while (read < whole && Stopwatch.GetElapsedTime(start).TotalSeconds < MostSeconds)
            {
                int count = RandomAccess.Read(handle, new Span<byte>(block, BlockBytes), read);
                if (count < BlockBytes)
                {
                    return null;
                }

                read += count;
            }

            return (long)(read / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        finally
        {
            NativeMemory.AlignedFree(block);
        }
    }

    private static bool IsDirect(SafeFileHandle handle) =>
        OperatingSystem.IsWindows()
        || (OperatingSystem.IsLinux() && Direct() is { } direct && fcntl(handle, SetFlags, direct) == 0);

    private static int? Direct() => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 0x4000,
        Architecture.Arm64 => 0x10000,
        _ => null,
    };

    [LibraryImport("libc")]
    private static partial int fcntl(SafeFileHandle fd, int cmd, int arg);
}
