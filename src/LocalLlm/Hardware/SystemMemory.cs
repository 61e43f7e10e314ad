using System.Globalization;
using System.Runtime.InteropServices;

namespace LocalLlm.Hardware;

/// <summary>The memory that this process can still take without pushing the machine, or its container, over its limit.</summary>
internal static partial class SystemMemory
{
    private const string ControlGroups = "/sys/fs/cgroup";

    /// <summary>Available memory in bytes: on Linux and Windows what the system says, bounded by every control group above this process; elsewhere all memory.</summary>
    internal static long AvailableBytes() =>
        OperatingSystem.IsLinux() ? Math.Min(LinuxAvailable(), ControlGroupAvailable())
        : OperatingSystem.IsWindows() ? WindowsAvailable()
        : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    private static long LinuxAvailable() =>
        File.ReadLines("/proc/meminfo").FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal)) is { } line
            ? long.Parse(line.AsSpan()["MemAvailable:".Length..].Trim().TrimEnd("kB").TrimEnd(), CultureInfo.InvariantCulture) * 1024
            : long.MaxValue;

    // Lines are "hierarchy:controllers:path". Version 2 has hierarchy 0 and no controllers; version 1 has a tree per controller.
    private static long ControlGroupAvailable()
    {
        long available = long.MaxValue;
        foreach (string line in ReadLines("/proc/self/cgroup"))
        {
            string[] parts = line.Split(':', 3);
            if (parts is ["0", "", var unified])
            {
                available = Math.Min(available, Bound(ControlGroups, unified, "memory.max", "memory.current", "inactive_file", "active_file"));
            }
            else if (parts is [_, var controllers, var path] && controllers.Split(',').Contains("memory"))
            {
                available = Math.Min(available, Bound(
                    $"{ControlGroups}/memory", path, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", "total_active_file"));
            }
        }

        return available;
    }

    // Page cache counts as used in a group, but is given back when needed: it does not bound what can be allocated.
    private static long Bound(string root, string path, string limitFile, string usageFile, params string[] cacheKeys)
    {
        long available = long.MaxValue;
        for (string? group = path; group is not null; group = Path.GetDirectoryName(group))
        {
            string folder = root + group.TrimEnd('/');
            if (ReadNumber($"{folder}/{limitFile}") is not { } limit || ReadNumber($"{folder}/{usageFile}") is not { } usage)
            {
                continue;
            }

            long cache = ReadLines($"{folder}/memory.stat")
                .Select(l => l.Split(' '))
                .Where(p => p.Length == 2 && cacheKeys.Contains(p[0]))
                .Sum(p => long.Parse(p[1], CultureInfo.InvariantCulture));
            available = Math.Min(available, Math.Max(0, limit - Math.Max(0, usage - cache)));
        }

        return available;
    }

    // "max", or a number near 2^63 in version 1, is no limit.
    private static long? ReadNumber(string file) =>
        long.TryParse(ReadLines(file).FirstOrDefault(), CultureInfo.InvariantCulture, out long number) && number < long.MaxValue / 2 ? number : null;

    private static string[] ReadLines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static unsafe long WindowsAvailable()
    {
        MEMORYSTATUSEX status = new() { dwLength = (uint)sizeof(MEMORYSTATUSEX) };
        return GlobalMemoryStatusEx(&status) ? (long)Math.Min(status.ullAvailPhys, status.ullAvailPageFile) : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool GlobalMemoryStatusEx(MEMORYSTATUSEX* buffer);

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
