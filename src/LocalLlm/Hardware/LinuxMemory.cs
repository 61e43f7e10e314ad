using System.Globalization;

namespace LocalLlm.Hardware;

/// <summary>Memory as /proc and the control groups tell of it.</summary>
internal static class LinuxMemory
{
    /// <summary>Null where /proc does not tell.</summary>
    internal static RamProfile? Read(string root)
    {
        string[] lines = TextFile.Lines($"{root}/proc/meminfo");
        if (Kilobytes(lines, "MemTotal") is not { } total || Kilobytes(lines, "MemAvailable") is not { } available)
        {
            return null;
        }

        RamProfile ram = new() { TotalBytes = total, AvailableBytes = Math.Min(available, total), SwapBytes = Kilobytes(lines, "SwapTotal") ?? 0 };
        return ControlGroups.MemoryLimits(root).MinBy(l => l.AvailableBytes) is { } tightest && tightest.AvailableBytes < ram.AvailableBytes
            ? ram with { AvailableBytes = tightest.AvailableBytes, LimitBytes = tightest.LimitBytes, LimitedBy = tightest.Name }
            : ram;
    }

    private static long? Kilobytes(string[] lines, string key) =>
        long.TryParse(TextFile.Value(lines, key)?.TrimEnd('B', 'k'), CultureInfo.InvariantCulture, out long kilobytes) ? kilobytes * 1024 : null;
}
