using System.Globalization;

namespace LocalLlm.Hardware;

/// <summary>What the control groups above this process limit. A limit holds for all processes of its group and below.</summary>
internal static class ControlGroups
{
    /// <summary>Every numeric memory limit, and what is left of it: page cache counts as used in a group, but is given back when needed.</summary>
    internal static IEnumerable<ControlGroupLimit> MemoryLimits(string root)
    {
        foreach (ControlGroup group in Of(root, "memory"))
        {
            string[] files = group.IsUnified ? ["memory.max", "memory.high"] : ["memory.limit_in_bytes"];
            string[] cache = group.IsUnified ? ["inactive_file", "active_file"] : ["total_inactive_file", "total_active_file"];
            if (TextFile.Number($"{group.Folder}/{(group.IsUnified ? "memory.current" : "memory.usage_in_bytes")}") is not { } usage)
            {
                continue;
            }

            long used = Math.Max(0, usage - Sum(TextFile.Lines($"{group.Folder}/memory.stat"), cache));
            foreach (string file in files)
            {
                // "max", or a number near 2^63 in version 1, is no limit.
                if (TextFile.Number($"{group.Folder}/{file}") is { } limit && limit < long.MaxValue / 2)
                {
                    yield return new ControlGroupLimit($"{file} of the control group {group.Path}", limit, Math.Max(0, limit - used));
                }
            }
        }
    }

    /// <summary>The smallest CPU limit, in cores; null where there is none.</summary>
    internal static double? CoreLimit(string root) => Of(root, "cpu").Select(CoreLimit).Min();

    private static double? CoreLimit(ControlGroup group)
    {
        string[] words = group.IsUnified
            ? TextFile.Lines($"{group.Folder}/cpu.max").FirstOrDefault()?.Split(' ') ?? []
            : [.. TextFile.Lines($"{group.Folder}/cpu.cfs_quota_us").Take(1), .. TextFile.Lines($"{group.Folder}/cpu.cfs_period_us").Take(1)];
        // "max", or -1 in version 1, is no limit.
        return words is [var first, var second]
            && long.TryParse(first, CultureInfo.InvariantCulture, out long quota) && quota > 0
            && long.TryParse(second, CultureInfo.InvariantCulture, out long period) && period > 0
            ? (double)quota / period
            : null;
    }

    // Lines are "hierarchy:controllers:path". Version 2 has hierarchy 0 and no controllers; version 1 has a tree per controller.
    private static IEnumerable<ControlGroup> Of(string root, string controller)
    {
        foreach (string line in TextFile.Lines($"{root}/proc/self/cgroup"))
        {
            string[] parts = line.Split(':', 3);
            bool isUnified = parts is ["0", "", _];
            if (isUnified || (parts is [_, var controllers, _] && controllers.Split(',').Contains(controller)))
            {
                string tree = $"{root}/sys/fs/cgroup{(isUnified ? "" : $"/{controller}")}";
                for (string? path = parts[2]; path is not null; path = Path.GetDirectoryName(path))
                {
                    yield return new ControlGroup(tree + path.TrimEnd('/'), path, isUnified);
                }
            }
        }
    }

    private static long Sum(string[] lines, string[] keys) => lines
        .Select(l => l.Split(' '))
        .Where(p => p.Length == 2 && keys.Contains(p[0]))
        .Sum(p => long.Parse(p[1], CultureInfo.InvariantCulture));

    private sealed record ControlGroup(string Folder, string Path, bool IsUnified);
}

/// <summary>A memory limit of a control group, and what is left of it, in bytes.</summary>
internal sealed record ControlGroupLimit(string Name, long LimitBytes, long AvailableBytes);
