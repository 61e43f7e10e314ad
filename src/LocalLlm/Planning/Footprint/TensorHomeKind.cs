namespace LocalLlm.Planning;

/// <summary>Parts of a model by how llama.cpp places them (LLM_TENSOR_INFOS in llama-arch.cpp).</summary>
internal enum TensorHomeKind
{
    /// <summary>Follows its layer.</summary>
    Layer,

    /// <summary>Always on the processor: it is looked up by row.</summary>
    Input,

    /// <summary>Follows the output, the module behind the last layer.</summary>
    Output,

    /// <summary>One copy on every device that has a layer that uses it: factors of RoPE.</summary>
    EachDevice,

    /// <summary>Not loaded: layers of the draft head.</summary>
    Skipped,
}
