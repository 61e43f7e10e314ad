using System.Globalization;

namespace LocalLlm.Planning;

/// <summary>Sizes as people write them: 24GiB, 1.5GB, 512MiB, 0.</summary>
internal static class SizeText
{
    private static readonly (string Unit, double Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1),
    ];

    /// <summary>Bytes of a size; false for what is none, negative, or larger than a long.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long bytes)
    {
        ReadOnlySpan<char> number = text.Trim();
        double factor = 1;
        foreach ((string unit, double unitBytes) in Units)
        {
            if (number.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
            {
                number = number[..^unit.Length].TrimEnd();
                factor = unitBytes;
                break;
            }
        }

        bool isNumber = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && value * factor < long.MaxValue;
        bytes = isNumber ? (long)(value * factor) : 0;
        return isNumber;
    }

    /// <summary>A size in MiB or GiB, four digits at most before the point.</summary>
    public static string Format(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB");
}
