namespace LocalLlm.Gguf.Rules;

/// <summary>What llama.cpp computes with a tensor, which limits its type.</summary>
internal enum TensorUse
{
    /// <summary>Multiplied with activations or looked up by row: any type with a dot product.</summary>
    Weight,

    /// <summary>Added to or multiplied into activations element by element, or read by an operation of its own: F32, else ggml ends the process.</summary>
    Float32,

    /// <summary>Never computed with.</summary>
    Any,
}
