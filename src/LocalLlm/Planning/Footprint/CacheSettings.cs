namespace LocalLlm.Planning;

/// <summary>What of a context decides the sizes of its caches and compute buffers.</summary>
internal sealed record CacheSettings
{
    /// <summary>What llama.cpp rounds contexts up to.</summary>
    public const int Grid = 256;

    /// <summary>Rows of logits in a step of a model with plain attention, where more sequences cost nothing else; as many calls run at a time.</summary>
    public const int AttentionOutputs = 32;

    /// <summary>Tokens of one conversation.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Conversations (n_seq_max). Default 1.</summary>
    public int Sequences { get; init; } = 1;

    /// <summary>Whether all conversations share one set of cells. Default true.</summary>
    public bool IsUnified { get; init; } = true;

    /// <summary>Tokens computed at once (n_ubatch). Default 512.</summary>
    public int MicroBatch { get; init; } = 512;

    /// <summary>Most tokens of one step that get logits (n_outputs_max). Default 1.</summary>
    public int MostOutputs { get; init; } = 1;

    /// <summary>Whether attention is fused. Default true.</summary>
    public bool FlashAttention { get; init; } = true;

    /// <summary>Type of keys. Default F16.</summary>
    public GgmlType KeyType { get; init; } = GgmlType.F16;

    /// <summary>Type of values. Default F16.</summary>
    public GgmlType ValueType { get; init; } = GgmlType.F16;

    /// <summary>All conversations' tokens (n_ctx).</summary>
    public long TotalLength => GpuSizeRules.RoundUp((long)ContextLength * Sequences, Grid);

    /// <summary>Cells of a layer that attends to everything, of one stream.</summary>
    public long Cells => IsUnified ? TotalLength : GpuSizeRules.RoundUp(TotalLength / Sequences, Grid);

    public int Streams => IsUnified ? 1 : Sequences;

    /// <summary>Tokens in the largest graph.</summary>
    public long BatchTokens => Math.Min(MicroBatch, Cells * Streams);

    /// <summary>Rows of logits in the largest graph.</summary>
    public long Outputs => Math.Min(BatchTokens, Math.Max(MostOutputs, Sequences));

    /// <summary>Cells of a layer that attends to a window (llama-kv-cache-iswa.cpp, swa_full off).</summary>
    public long WindowCells(long window) =>
        GpuSizeRules.RoundUp(Math.Min(Cells, checked((window * (IsUnified ? Sequences : 1)) + MicroBatch)), Grid);
}
