namespace LocalLlm.Quantization;

/// <summary>A file type's place among the others.</summary>
/// <param name="Type">The file type.</param>
/// <param name="Tensors">The type of most of its tensors; null where llama.cpp's quantizer can't make it.</param>
/// <param name="BitsPerWeight">
/// Mean bits of a weight: of an 8-billion-parameter Llama for the mixes (llama.cpp's tools/quantize/README.md), of the tensor
/// type where a file is of one.
/// </param>
/// <param name="Preset">The preset that it satisfies; null: too few bits for any.</param>
internal sealed record FileTypeTraits(ModelFileType Type, GgmlType? Tensors, double BitsPerWeight, QuantizationPreset? Preset)
{
    /// <summary>
    /// All file types, the best quality first. Of two types of like quality the smaller or faster one comes first, so that the
    /// other is taken only where the first is not offered.
    /// </summary>
    private static readonly FileTypeTraits[] ByQuality =
    [
        new(ModelFileType.F16, GgmlType.F16, 16, QuantizationPreset.F16),
        new(ModelFileType.BF16, GgmlType.BF16, 16, QuantizationPreset.F16),
        new(ModelFileType.F32, GgmlType.F32, 32, QuantizationPreset.F16),
        new(ModelFileType.Q8_0, GgmlType.Q8_0, 8.5, QuantizationPreset.Q8),
        new(ModelFileType.Q6_K, GgmlType.Q6_K, 6.56, QuantizationPreset.Q4),
        new(ModelFileType.Q5_K_M, GgmlType.Q5_K, 5.7, QuantizationPreset.Q4),
        new(ModelFileType.Q5_K_S, GgmlType.Q5_K, 5.57, QuantizationPreset.Q4),
        new(ModelFileType.Q5_1, GgmlType.Q5_1, 6.04, QuantizationPreset.Q4),
        new(ModelFileType.Q5_0, GgmlType.Q5_0, 5.57, QuantizationPreset.Q4),
        new(ModelFileType.Q4_K_M, GgmlType.Q4_K, 4.89, QuantizationPreset.Q4),
        new(ModelFileType.Q4_K_S, GgmlType.Q4_K, 4.67, QuantizationPreset.Q4),
        new(ModelFileType.IQ4_NL, GgmlType.IQ4_NL, 4.68, QuantizationPreset.Q4),
        new(ModelFileType.IQ4_XS, GgmlType.IQ4_XS, 4.46, QuantizationPreset.Q4),
        new(ModelFileType.Q4_1, GgmlType.Q4_1, 5.13, QuantizationPreset.Q4),
        new(ModelFileType.Q4_0, GgmlType.Q4_0, 4.66, QuantizationPreset.Q4),
        new(ModelFileType.NVFP4, null, 4.5, QuantizationPreset.Q4),
        new(ModelFileType.MXFP4_MOE, GgmlType.MXFP4, 4.25, QuantizationPreset.Q4),
        new(ModelFileType.Q3_K_L, GgmlType.Q3_K, 4.31, null),
        new(ModelFileType.IQ3_M, GgmlType.IQ3_S, 3.76, null),
        new(ModelFileType.Q3_K_M, GgmlType.Q3_K, 4, null),
        new(ModelFileType.IQ3_S, GgmlType.IQ3_S, 3.66, null),
        new(ModelFileType.IQ3_XS, GgmlType.IQ3_S, 3.5, null),
        new(ModelFileType.Q3_K_S, GgmlType.Q3_K, 3.64, null),
        new(ModelFileType.IQ3_XXS, GgmlType.IQ3_XXS, 3.25, null),
        new(ModelFileType.Q2_K, GgmlType.Q2_K, 3.16, null),
        new(ModelFileType.IQ2_M, GgmlType.IQ2_S, 2.93, null),
        new(ModelFileType.Q2_K_S, GgmlType.Q2_K, 2.97, null),
        new(ModelFileType.IQ2_S, GgmlType.IQ2_XS, 2.74, null),
        new(ModelFileType.IQ2_XS, GgmlType.IQ2_XS, 2.59, null),
        new(ModelFileType.IQ2_XXS, GgmlType.IQ2_XXS, 2.38, null),
        new(ModelFileType.Q2_0, GgmlType.Q2_0, 2.25, null),
        new(ModelFileType.TQ2_0, GgmlType.TQ2_0, 2.06, null),
        new(ModelFileType.IQ1_M, GgmlType.IQ1_M, 2.15, null),
        new(ModelFileType.IQ1_S, GgmlType.IQ1_S, 2, null),
        new(ModelFileType.TQ1_0, GgmlType.TQ1_0, 1.69, null),
        new(ModelFileType.Q1_0, GgmlType.Q1_0, 1.13, null),
    ];

    /// <summary>All file types, the best quality first.</summary>
    public static IReadOnlyList<FileTypeTraits> All => ByQuality;

    /// <summary>How good it is: 0 for the best.</summary>
    public int Rank => Array.IndexOf(ByQuality, this);

    /// <summary>A file type's traits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none that the pinned release knows.</exception>
    public static FileTypeTraits Of(ModelFileType type) =>
        Array.Find(ByQuality, traits => traits.Type == type)
        ?? throw new ArgumentOutOfRangeException(nameof(type), type, "Not a file type of the pinned llama.cpp release.");
}
