using System.Globalization;
using System.Runtime.InteropServices;

namespace LocalLlm.Hardware;

/// <summary>The cores that computing threads should take.</summary>
internal static partial class ProcessorCores
{
    private const string Topology = "/sys/devices/system/cpu";

    /// <summary>
    /// Physical cores (on Apple silicon the fast ones) that this process may run on, within the container's CPU limit,
    /// which <see cref="Environment.ProcessorCount"/> knows: ggml's threads spin and wait for the slowest, so two on one
    /// core, or one on a slow core, cost more than they give.
    /// </summary>
    internal static int Usable { get; } = Math.Clamp(Physical() ?? Environment.ProcessorCount, 1, Environment.ProcessorCount);

    private static int? Physical() =>
        OperatingSystem.IsLinux() ? LinuxCores(Topology, "/proc/self/status")
        : OperatingSystem.IsWindows() ? WindowsCores()
        : OperatingSystem.IsMacOS() ? AppleCores("hw.perflevel0.physicalcpu") ?? AppleCores("hw.physicalcpu")
        : null;

    /// <summary>The cores whose threads the process may run on; null where the system does not say.</summary>
    internal static int? LinuxCores(string topology, string status)
    {
        try
        {
            const string key = "Cpus_allowed_list:";
            string? allowed = File.ReadLines(status).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))?[key.Length..];
            int cores = Numbers(allowed ?? "")
                .Select(cpu => $"{topology}/cpu{cpu}/topology/thread_siblings_list")
                .Where(File.Exists)
                .Select(siblings => File.ReadAllText(siblings))
                .Distinct()
                .Count();
            return cores > 0 ? cores : null;
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // As in "0-3,8".
    private static IEnumerable<int> Numbers(string list)
    {
        foreach (string range in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = range.Split('-');
            if (int.TryParse(ends[0], CultureInfo.InvariantCulture, out int first) && int.TryParse(ends[^1], CultureInfo.InvariantCulture, out int last))
            {
                for (int number = first; number <= last; number++)
                {
                    yield return number;
                }
            }
        }
    }

    private static unsafe int? WindowsCores()
    {
        const int relationProcessorCore = 0;
        uint length = 0;
        GetLogicalProcessorInformationEx(relationProcessorCore, null, &length);
        byte[] records = new byte[length];
        fixed (byte* buffer = records)
        {
            if (!GetLogicalProcessorInformationEx(relationProcessorCore, buffer, &length))
            {
                return null;
            }

            // One record per core; each begins with its kind and its size in bytes.
            int cores = 0;
            for (uint offset = 0; offset + 8 <= length; cores++)
            {
                uint size = *(uint*)(buffer + offset + 4);
                if (size < 8)
                {
                    return null;
                }

                offset += size;
            }

            return cores > 0 ? cores : null;
        }
    }

    private static unsafe int? AppleCores(string name)
    {
        int count = 0;
        nuint size = sizeof(int);
        return sysctlbyname(name, &count, &size, null, 0) == 0 && count > 0 ? count : null;
    }

    [LibraryImport("kernel32", SetLastError = false)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool GetLogicalProcessorInformationEx(int RelationshipType, byte* Buffer, uint* ReturnedLength);

    [LibraryImport("libSystem.dylib", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int sysctlbyname(string name, void* oldp, nuint* oldlenp, void* newp, nuint newlen);
}
