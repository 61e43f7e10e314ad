using System.Globalization;

namespace LocalLlm.Hardware;

/// <summary>Sizes as people write them: 1.5GB is 1,500,000,000 bytes, 1.5GiB 1,610,612,736.</summary>
internal static class ByteSize
{
    internal const string Accepted = "a number with a unit, such as 24GiB, 1.5GB or 512MiB; units are TiB, GiB, MiB, KiB (1024s), TB, GB, MB, KB (1000s) and B";

    // Longest names first: each ends in B.
    private static readonly (string Name, long Bytes)[] Units =
    [
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000),
        ("B", 1),
    ];

    internal static bool TryParse(ReadOnlySpan<char> text, out long bytes)
    {
        bytes = 0;
        foreach ((string name, long unit) in Units)
        {
            if (text.EndsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                // A decimal is exact, and holds any number of bytes.
                bool isNumber = decimal.TryParse(text[..^name.Length].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number);
                if (!isNumber || number > long.MaxValue / unit)
                {
                    return false;
                }

                bytes = (long)(number * unit);
                return true;
            }
        }

        return false;
    }

    /// <summary>The size to the byte, in the largest unit of 1024s that divides it.</summary>
    internal static string Exact(long bytes)
    {
        (string name, long unit) = Units.First(u => (u.Bytes & (u.Bytes - 1)) == 0 && bytes % u.Bytes == 0 && (bytes != 0 || u.Bytes == 1));
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / unit}{name}");
    }

    /// <summary>The size for a reader, with one decimal.</summary>
    internal static string Short(long bytes)
    {
        foreach ((string name, long unit) in Units.AsSpan(0, 4))
        {
            if (bytes >= unit)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)unit:0.0} {name}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
    }
}
