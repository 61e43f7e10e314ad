using System.Diagnostics.CodeAnalysis;
using LocalLlm.Gguf;
using LocalLlm.Quantization;

namespace LocalLlm;

/// <summary>What file types are worth.</summary>
public static class ModelFileTypeExtensions
{
    /// <summary>Mean bits of a weight, of a Llama with 8 billion parameters. Other models differ: they have another share of embeddings.</summary>
    /// <param name="type">A type of the pinned release.</param>
    /// <exception cref="ArgumentOutOfRangeException">The type is not one of the pinned release.</exception>
    public static double BitsPerWeight(this ModelFileType type) => FileTypeTraits.Of(type).BitsPerWeight;

    /// <summary>The preset that a file of this type satisfies; null where it has too few bits for any.</summary>
    /// <param name="type">A type of the pinned release.</param>
    /// <exception cref="ArgumentOutOfRangeException">The type is not one of the pinned release.</exception>
    public static QuantizationPreset? Preset(this ModelFileType type) => FileTypeTraits.Of(type).Preset;

    /// <summary>The type in a file's own metadata; null where it says none that the pinned release knows.</summary>
    internal static ModelFileType? FileTypeOf(GgufFile file) =>
        file.Metadata.TryGetInteger(GgufKeys.FileType, out long number) && number is >= 0 and <= int.MaxValue && Enum.IsDefined((ModelFileType)number)
            ? (ModelFileType)number
            : null;

    /// <summary>Reads a name such as Q4_K_M, in any case; Q4_K is short for Q4_K_M.</summary>
    internal static bool TryParse(string name, [NotNullWhen(true)] out ModelFileType? type)
    {
        string full = name.ToUpperInvariant() switch
        {
            "Q3_K" => nameof(ModelFileType.Q3_K_M),
            "Q4_K" => nameof(ModelFileType.Q4_K_M),
            "Q5_K" => nameof(ModelFileType.Q5_K_M),
            "MXFP4" => nameof(ModelFileType.MXFP4_MOE),
            string other => other,
        };

        // Enum.TryParse also reads numbers.
        bool isName = Array.Exists(Enum.GetNames<ModelFileType>(), known => known == full);
        type = isName ? Enum.Parse<ModelFileType>(full) : null;
        return isName;
    }

    /// <summary>The type that a label names, within other words: UD-Q4_K_XL is a Q4_K_M that somebody mixed differently.</summary>
    internal static ModelFileType? FromLabel(string label)
    {
        string[] words = label.Split(['-', '.', ' '], StringSplitOptions.RemoveEmptyEntries);
        foreach (string word in words.Reverse())
        {
            string trimmed = word.ToUpperInvariant();
            trimmed = trimmed.EndsWith("_XL", StringComparison.Ordinal) && !Enum.IsDefined(typeof(ModelFileType), trimmed)
                ? trimmed[..^3] is "Q2_K" or "Q3_K" or "Q4_K" or "Q5_K" or "Q6_K" or "Q8_K" ? Larger(trimmed[..^3]) : trimmed
                : trimmed;
            if (TryParse(trimmed, out ModelFileType? type))
            {
                return type;
            }
        }

        return null;

        static string Larger(string family) => family switch
        {
            "Q2_K" or "Q6_K" => family,
            "Q3_K" => "Q3_K_L",
            "Q8_K" => "Q8_0",
            _ => family + "_M",
        };
    }
}
