using System.Globalization;
using System.Runtime.InteropServices;

namespace LocalLlm.Hardware;

/// <summary>The cores that computing threads should take.</summary>
internal static partial class ProcessorCores
{
    private const ushort AllProcessorGroups = 0xFFFF;
    private const string Topology = "/sys/devices/system/cpu";

    /// <summary>
    /// Physical cores (on Apple silicon the fast ones) that this process may run on, within the container's CPU limit,
    /// which <see cref="Environment.ProcessorCount"/> knows: ggml's threads spin and wait for the slowest, so two on one
    /// core, or one on a slow core, cost more than they give.
    /// </summary>
    internal static int Usable { get; } = Math.Clamp(Allowed() ?? Environment.ProcessorCount, 1, Environment.ProcessorCount);

    /// <summary>Checks an option that says how many threads compute: 1 to 512, or null for as many as there are usable cores.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is something else.</exception>
    internal static void CheckThreads(int? threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads ?? 1, 1, "Threads");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads ?? 1, 512, "Threads");
    }

    /// <summary>Physical cores of the machine.</summary>
    internal static int Physical { get; } = Math.Max(Usable,
        (OperatingSystem.IsLinux() ? LinuxCores(Topology, Numbers(TextFile.Lines($"{Topology}/online").FirstOrDefault() ?? ""))
        : OperatingSystem.IsWindows() ? WindowsCores()
        : OperatingSystem.IsMacOS() ? (int?)AppleSystem.Number("hw.physicalcpu")
        : null) ?? Usable);

    /// <summary>Hardware threads of the machine.</summary>
    internal static int Logical { get; } = Math.Max(Physical,
        OperatingSystem.IsLinux() ? Numbers(TextFile.Lines($"{Topology}/online").FirstOrDefault() ?? "").Count()
        : OperatingSystem.IsWindows() ? (int)GetActiveProcessorCount(AllProcessorGroups)
        : OperatingSystem.IsMacOS() ? (int)(AppleSystem.Number("hw.logicalcpu") ?? 0)
        : 0);

    private static int? Allowed() =>
        OperatingSystem.IsLinux() ? LinuxCores(Topology, "/proc/self/status")
        : OperatingSystem.IsWindows() ? WindowsCores()
        : OperatingSystem.IsMacOS() ? (int?)(AppleSystem.Number("hw.perflevel0.physicalcpu") ?? AppleSystem.Number("hw.physicalcpu"))
        : null;

    /// <summary>The cores whose threads the process may run on; null where the system does not say.</summary>
    internal static int? LinuxCores(string topology, string status) =>
        LinuxCores(topology, Numbers(TextFile.Value(TextFile.Lines(status), "Cpus_allowed_list") ?? ""));

    private static int? LinuxCores(string topology, IEnumerable<int> threads)
    {
        int cores = threads
            .Select(thread => TextFile.Lines($"{topology}/cpu{thread}/topology/thread_siblings_list").FirstOrDefault())
            .OfType<string>()
            .Distinct()
            .Count();
        return cores > 0 ? cores : null;
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

    [LibraryImport("kernel32", SetLastError = false)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool GetLogicalProcessorInformationEx(int RelationshipType, byte* Buffer, uint* ReturnedLength);

    [LibraryImport("kernel32")]
    private static partial uint GetActiveProcessorCount(ushort GroupNumber);
}
