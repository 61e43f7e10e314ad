using System.Diagnostics.CodeAnalysis;
using LocalLlm.Quantization;

namespace LocalLlm;

/// <summary>How much of a model's precision is wanted: a level, or an exact file type.</summary>
/// <remarks>
/// A level is satisfied by several file types: F16 by 16 and 32 bits, Q8 by Q8_0, Q4 by all from 4 to less than 8 bits, of which
/// Q4_K_M is the one that is made and the one that is preferred. <see cref="Auto"/> leaves the choice to <see cref="PresetSelector"/>.
/// </remarks>
public readonly record struct QuantizationPreset
{
    private readonly Level _level;
    private readonly ModelFileType _fileType;

    private QuantizationPreset(Level level, ModelFileType fileType = default)
    {
        _level = level;
        _fileType = fileType;
    }

    private enum Level
    {
        Auto,
        Q4,
        Q8,
        F16,
        Exact,
    }

    /// <summary>What fits the machine: the best quality that is fast enough. The default.</summary>
    public static QuantizationPreset Auto => default;

    /// <summary>About 4 bits: a quarter of the size, with a small loss.</summary>
    public static QuantizationPreset Q4 => new(Level.Q4);

    /// <summary>8 bits: half of the size, with hardly any loss.</summary>
    public static QuantizationPreset Q8 => new(Level.Q8);

    /// <summary>16 bits, as most models are published.</summary>
    public static QuantizationPreset F16 => new(Level.F16);

    /// <summary>The file type that is made for it: Q4_K_M, Q8_0, F16, or the exact one; null for <see cref="Auto"/>.</summary>
    public ModelFileType? FileType => _level switch
    {
        Level.Q4 => ModelFileType.Q4_K_M,
        Level.Q8 => ModelFileType.Q8_0,
        Level.F16 => ModelFileType.F16,
        Level.Exact => _fileType,
        _ => null,
    };

    /// <summary>Exactly one file type.</summary>
    /// <param name="fileType">A type of the pinned release.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not one of the pinned release.</exception>
    public static QuantizationPreset Of(ModelFileType fileType) => new(Level.Exact, FileTypeTraits.Of(fileType).Type);

    /// <summary>Reads <c>auto</c>, <c>Q4</c>, <c>Q8</c>, <c>F16</c> or the name of a file type such as <c>Q5_K_M</c>, in any case. <c>F16</c> is the level.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">It is something else; the message lists what there is.</exception>
    public static QuantizationPreset Parse(string text) => TryParse(text, out QuantizationPreset preset)
        ? preset
        : throw new ArgumentException(
            $"'{text}' is no preset. There are auto, Q4, Q8, F16 and the file types {string.Join(", ", FileTypeTraits.All.Select(traits => traits.Type))}.", nameof(text));

    /// <summary>Reads <c>auto</c>, <c>Q4</c>, <c>Q8</c>, <c>F16</c> or the name of a file type such as <c>Q5_K_M</c>, in any case.</summary>
    /// <param name="text">The text.</param>
    /// <param name="preset">What it says.</param>
    /// <returns>False where it is something else.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out QuantizationPreset preset)
    {
        string name = text?.Trim() ?? "";
        (bool found, preset) = name.ToUpperInvariant() switch
        {
            "AUTO" => (true, Auto),
            "Q4" => (true, Q4),
            "Q8" => (true, Q8),
            "F16" => (true, F16),
            _ => ModelFileTypeExtensions.TryParse(name, out ModelFileType? exact) ? (true, Of(exact.Value)) : (false, default),
        };
        return found;
    }

    /// <summary>Whether a file of this type is what is wanted.</summary>
    /// <param name="fileType">A type of the pinned release.</param>
    public bool IsSatisfiedBy(ModelFileType fileType) => _level switch
    {
        Level.Auto => true,
        Level.Exact => fileType == _fileType,
        _ => FileTypeTraits.Of(fileType).Preset == this,
    };

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public override string ToString() => _level switch
    {
        Level.Exact => _fileType.ToString(),
        Level.Auto => "auto",
        _ => _level.ToString(),
    };
}
