namespace LocalLlm.Gguf.Rules;

/// <summary>Which types each use allows.</summary>
internal static class TensorUses
{
    /// <summary>Types that have both a dot product and a conversion to F32 on the CPU (type_traits_cpu in ggml-cpu.c, get_rows in ops.cpp), one bit each.</summary>
    private static readonly ulong Weights =
        Bit(GgmlType.F32) | Bit(GgmlType.F16) | Bit(GgmlType.BF16)
        | Bit(GgmlType.Q1_0) | Bit(GgmlType.Q2_0)
        | Bit(GgmlType.Q4_0) | Bit(GgmlType.Q4_1) | Bit(GgmlType.Q5_0) | Bit(GgmlType.Q5_1) | Bit(GgmlType.Q8_0)
        | Bit(GgmlType.Q2_K) | Bit(GgmlType.Q3_K) | Bit(GgmlType.Q4_K) | Bit(GgmlType.Q5_K) | Bit(GgmlType.Q6_K)
        | Bit(GgmlType.IQ1_S) | Bit(GgmlType.IQ1_M) | Bit(GgmlType.IQ2_XXS) | Bit(GgmlType.IQ2_XS) | Bit(GgmlType.IQ2_S)
        | Bit(GgmlType.IQ3_XXS) | Bit(GgmlType.IQ3_S) | Bit(GgmlType.IQ4_NL) | Bit(GgmlType.IQ4_XS)
        | Bit(GgmlType.TQ1_0) | Bit(GgmlType.TQ2_0) | Bit(GgmlType.MXFP4) | Bit(GgmlType.NVFP4);

    public static bool Allows(this TensorUse use, int type) => use switch
    {
        TensorUse.Weight => ((Weights >> type) & 1) != 0,
        TensorUse.Float32 => type == (int)GgmlType.F32,
        _ => true,
    };

    private static ulong Bit(GgmlType type) => 1UL << (int)type;
}
