using System.Diagnostics.CodeAnalysis;

namespace LocalLlm;

/// <summary>What a model's weights are stored as: llama.cpp's file types, by its names and numbers ("general.file_type", llama_ftype). A file of one type mixes several <see cref="GgmlType"/>s.</summary>
[SuppressMessage("Naming", "CA1707:Identifiers should not contain underscores", Justification = "The names that everybody knows them by.")]
public enum ModelFileType
{
    /// <summary>32-bit floats.</summary>
    F32 = 0,

    /// <summary>16-bit floats.</summary>
    F16 = 1,

    /// <summary>4 bits in blocks of 32 with a scale.</summary>
    Q4_0 = 2,

    /// <summary>4 bits in blocks of 32 with a scale and a minimum.</summary>
    Q4_1 = 3,

    /// <summary>8 bits in blocks of 32 with a scale.</summary>
    Q8_0 = 7,

    /// <summary>5 bits in blocks of 32 with a scale.</summary>
    Q5_0 = 8,

    /// <summary>5 bits in blocks of 32 with a scale and a minimum.</summary>
    Q5_1 = 9,

    /// <summary>2 and 3 bits in super-blocks of 256.</summary>
    Q2_K = 10,

    /// <summary>3 bits in super-blocks of 256.</summary>
    Q3_K_S = 11,

    /// <summary>3 to 5 bits in super-blocks of 256.</summary>
    Q3_K_M = 12,

    /// <summary>3 to 5 bits in super-blocks of 256, more of them 5.</summary>
    Q3_K_L = 13,

    /// <summary>4 bits in super-blocks of 256, a few of 5.</summary>
    Q4_K_S = 14,

    /// <summary>4 bits in super-blocks of 256, half of the sensitive tensors with 6: the usual choice.</summary>
    Q4_K_M = 15,

    /// <summary>5 bits in super-blocks of 256.</summary>
    Q5_K_S = 16,

    /// <summary>5 bits in super-blocks of 256, half of the sensitive tensors with 6.</summary>
    Q5_K_M = 17,

    /// <summary>6 bits in super-blocks of 256.</summary>
    Q6_K = 18,

    /// <summary>2.06 bits on a grid; made with an importance matrix.</summary>
    IQ2_XXS = 19,

    /// <summary>2.31 bits on a grid; made with an importance matrix.</summary>
    IQ2_XS = 20,

    /// <summary>2 bits in super-blocks of 256; made with an importance matrix.</summary>
    Q2_K_S = 21,

    /// <summary>3.3 bits on a grid; made with an importance matrix.</summary>
    IQ3_XS = 22,

    /// <summary>3.06 bits on a grid; made with an importance matrix.</summary>
    IQ3_XXS = 23,

    /// <summary>1.56 bits on a grid; made with an importance matrix.</summary>
    IQ1_S = 24,

    /// <summary>4 bits on a non-linear scale, in blocks of 32.</summary>
    IQ4_NL = 25,

    /// <summary>3.44 bits on a grid.</summary>
    IQ3_S = 26,

    /// <summary>3.66 bits on a grid.</summary>
    IQ3_M = 27,

    /// <summary>2.5 bits on a grid; made with an importance matrix.</summary>
    IQ2_S = 28,

    /// <summary>2.7 bits on a grid; made with an importance matrix.</summary>
    IQ2_M = 29,

    /// <summary>4.25 bits on a non-linear scale, in super-blocks of 256.</summary>
    IQ4_XS = 30,

    /// <summary>1.75 bits on a grid; made with an importance matrix.</summary>
    IQ1_M = 31,

    /// <summary>Bfloat16.</summary>
    BF16 = 32,

    /// <summary>Ternary, 1.69 bits; only for models trained so.</summary>
    TQ1_0 = 36,

    /// <summary>Ternary, 2.06 bits; only for models trained so.</summary>
    TQ2_0 = 37,

    /// <summary>Experts in 4-bit floats with a shared exponent, all else Q8_0.</summary>
    MXFP4_MOE = 38,

    /// <summary>4-bit floats in blocks of 64 with four scales; converted, never quantized to.</summary>
    NVFP4 = 39,

    /// <summary>1 bit in blocks of 128; only for models trained so.</summary>
    Q1_0 = 40,

    /// <summary>2 bits in blocks of 64; only for models trained so.</summary>
    Q2_0 = 41,
}
