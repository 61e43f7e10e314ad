using System.Globalization;

namespace LocalLlm.Cli;

internal static class Size
{
    private static readonly (string Name, long Bytes)[] Units =
    [
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("T", 1_000_000_000_000), ("G", 1_000_000_000), ("M", 1_000_000), ("K", 1_000),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000),
        ("B", 1), ("", 1),
    ];

    internal static string Of(long bytes)
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

    /// <summary>Reads "2G" or "500MB" (thousands, as llama.cpp's gguf-split has it), "1.5GiB" (1024s) or a number of bytes.</summary>
    internal static bool TryParse(string text, out long bytes)
    {
        string number = text.TrimEnd([.. "TGMKIBtgmkib "]);
        string name = text[number.Length..].Trim();
        bytes = 0;
        foreach ((string unit, long factor) in Units)
        {
            if (unit.Equals(name, StringComparison.OrdinalIgnoreCase)
                && decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)
                && value <= long.MaxValue / factor)
            {
                bytes = (long)(value * factor);
                return true;
            }
        }
        return false;
    }
}
