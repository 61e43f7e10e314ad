namespace LocalLlm.Gguf.Rules;

/// <summary>Types of metadata values, as the table names them.</summary>
internal enum ValueKind
{
    U32,
    F32,
    Bool,
    Str,

    /// <summary>F32 that must be 0 or more.</summary>
    Eps,

    /// <summary>F32 whose bits are the value; −0 counts as 0.</summary>
    F32Bits,

    /// <summary>One u32 or an array with one per layer.</summary>
    U32PerLayer,

    /// <summary>An array of any length up to the number of layers that llama.cpp can hold.</summary>
    IntArray,

    /// <summary>One f32 or an array with one per layer.</summary>
    F32PerLayer,

    /// <summary>One number or four.</summary>
    U32Four,
}
