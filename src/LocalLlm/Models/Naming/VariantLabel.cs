using System.Text.RegularExpressions;

namespace LocalLlm.Models;

/// <summary>The quantization that a file's name tells: <c>Q4_K_M</c>, <c>UD-Q4_K_XL</c>, <c>IQ4_XS</c>, <c>BF16</c>, <c>MXFP4</c> and so on.</summary>
internal static partial class VariantLabel
{
    /// <summary>The last label in a name; where the name has none, that of its folder; null without one.</summary>
    /// <param name="path">A file's name, with / between folders.</param>
    public static string? Of(string path)
    {
        string[] parts = path.Split('/');
        return In(parts[^1]) ?? (parts.Length > 1 ? In(parts[^2]) : null);
    }

    /// <summary>Whether a label is the one asked for. Case does not count.</summary>
    public static bool IsSame(string? label, string asked) => string.Equals(label, In(asked) ?? asked, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a label is the one asked for but for the mark of a dynamic quantization.</summary>
    public static bool IsSameButDynamic(string? label, string asked) =>
        label is not null && label.StartsWith("UD-", StringComparison.Ordinal) && IsSame(label[3..], asked);

    private static string? In(string name)
    {
        string? found = Label().Matches(name).LastOrDefault()?.Groups[1].Value.ToUpperInvariant();
        return found switch
        {
            "FP16" => "F16",
            "FP32" => "F32",
            _ => found,
        };
    }

    // The separator before it may end the label before.
    [GeneratedRegex(
        "(?<=^|[-._ ])((?:UD-)?(?:I?Q[1-8]_(?:[01K]|XXS|XS|S|M|NL)(?:_(?:XXS|XS|S|M|L|XL|NL|[48]_[48]))*|Q[2-8]|TQ[12]_0|MXFP4(?:_MOE)?|NVFP4|BF16|FP?16|FP?32))(?=$|[-._ ])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Label();
}
