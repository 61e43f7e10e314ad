namespace LocalLlm.Quantization;

/// <summary>What a tensor does, as far as quantization cares.</summary>
internal enum TensorRole
{
    Other,
    Embeddings,
    Output,
    Query,
    Key,

    /// <summary>Values, also where one tensor holds queries, keys and values.</summary>
    Value,
    AttentionOutput,
    FeedForwardUp,
    FeedForwardGate,
    FeedForwardDown,
}
