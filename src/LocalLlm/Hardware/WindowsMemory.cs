using System.Runtime.InteropServices;

namespace LocalLlm.Hardware;

/// <summary>Memory as Windows tells of it. What is allocated must also fit in what can be committed: memory and page file together.</summary>
internal static unsafe partial class WindowsMemory
{
    /// <summary>Null where Windows does not tell.</summary>
    internal static RamProfile? Read()
    {
        MEMORYSTATUSEX status = new() { dwLength = (uint)sizeof(MEMORYSTATUSEX) };
        return GlobalMemoryStatusEx(&status)
            ? Of((long)status.ullTotalPhys, (long)status.ullAvailPhys, (long)status.ullTotalPageFile, (long)status.ullAvailPageFile)
            : null;
    }

    internal static RamProfile Of(long total, long available, long commitLimit, long commitAvailable)
    {
        RamProfile ram = new() { TotalBytes = total, AvailableBytes = Math.Min(total, available), SwapBytes = Math.Max(0, commitLimit - total) };
        return commitAvailable < ram.AvailableBytes
            ? ram with { AvailableBytes = commitAvailable, LimitBytes = commitLimit, LimitedBy = "Windows' commit limit (memory and page file)" }
            : ram;
    }

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GlobalMemoryStatusEx(MEMORYSTATUSEX* buffer);

    private struct MEMORYSTATUSEX
    {
        public uint dwLength;
        public uint dwMemoryLoad;
        public ulong ullTotalPhys;
        public ulong ullAvailPhys;
        public ulong ullTotalPageFile;
        public ulong ullAvailPageFile;
        public ulong ullTotalVirtual;
        public ulong ullAvailVirtual;
        public ulong ullAvailExtendedVirtual;
    }
}
