using System.Runtime.CompilerServices;

namespace LocalLlm.Gguf;

/// <summary>How a ggml type is laid out: <see cref="BlockSize"/> elements take <see cref="TypeSize"/> bytes.</summary>
internal readonly record struct GgmlTypeTraits(int BlockSize, int TypeSize, string Name)
{
    /// <summary>One more than the highest type of the pinned release.</summary>
    public const int Count = 43;

    private static readonly GgmlTypeTraits[] Table = BuildTable();

    /// <summary>Finds the layout of a type number as it stands in a file; false for removed and unknown types.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryGet(int type, out GgmlTypeTraits traits)
    {
        traits = (uint)type < Count ? Table[type] : default;
        return traits.BlockSize != 0;
    }

    private static GgmlTypeTraits[] BuildTable()
    {
        GgmlTypeTraits[] table = new GgmlTypeTraits[Count];
        foreach (GgmlType type in Enum.GetValues<GgmlType>())
        {
            table[(int)type] = Describe(type);
        }

        return table;
    }

    private static GgmlTypeTraits Describe(GgmlType type) => type switch
    {
        GgmlType.F32 => new(1, 4, "f32"),
        GgmlType.F16 => new(1, 2, "f16"),
        GgmlType.Q4_0 => new(32, 18, "q4_0"),
        GgmlType.Q4_1 => new(32, 20, "q4_1"),
        GgmlType.Q5_0 => new(32, 22, "q5_0"),
        GgmlType.Q5_1 => new(32, 24, "q5_1"),
        GgmlType.Q8_0 => new(32, 34, "q8_0"),
        GgmlType.Q8_1 => new(32, 36, "q8_1"),
        GgmlType.Q2_K => new(256, 84, "q2_K"),
        GgmlType.Q3_K => new(256, 110, "q3_K"),
        GgmlType.Q4_K => new(256, 144, "q4_K"),
        GgmlType.Q5_K => new(256, 176, "q5_K"),
        GgmlType.Q6_K => new(256, 210, "q6_K"),
        GgmlType.Q8_K => new(256, 292, "q8_K"),
        GgmlType.IQ2_XXS => new(256, 66, "iq2_xxs"),
        GgmlType.IQ2_XS => new(256, 74, "iq2_xs"),
        GgmlType.IQ3_XXS => new(256, 98, "iq3_xxs"),
        GgmlType.IQ1_S => new(256, 50, "iq1_s"),
        GgmlType.IQ4_NL => new(32, 18, "iq4_nl"),
        GgmlType.IQ3_S => new(256, 110, "iq3_s"),
        GgmlType.IQ2_S => new(256, 82, "iq2_s"),
        GgmlType.IQ4_XS => new(256, 136, "iq4_xs"),
        GgmlType.I8 => new(1, 1, "i8"),
        GgmlType.I16 => new(1, 2, "i16"),
        GgmlType.I32 => new(1, 4, "i32"),
        GgmlType.I64 => new(1, 8, "i64"),
        GgmlType.F64 => new(1, 8, "f64"),
        GgmlType.IQ1_M => new(256, 56, "iq1_m"),
        GgmlType.BF16 => new(1, 2, "bf16"),
        GgmlType.TQ1_0 => new(256, 54, "tq1_0"),
        GgmlType.TQ2_0 => new(256, 66, "tq2_0"),
        GgmlType.MXFP4 => new(32, 17, "mxfp4"),
        GgmlType.NVFP4 => new(64, 36, "nvfp4"),
        GgmlType.Q1_0 => new(128, 18, "q1_0"),
        GgmlType.Q2_0 => new(64, 18, "q2_0"),
        _ => default,
    };
}
