namespace LocalLlm.Planning;

/// <summary>What one layer keeps of the tokens it has seen.</summary>
internal sealed record LayerCache
{
    /// <summary>A layer that keeps nothing.</summary>
    public static LayerCache None { get; } = new();

    /// <summary>Elements of keys per token, all heads together; null where the layer has no keys and values of its own.</summary>
    public long? KeyElements { get; init; }

    /// <summary>Elements of values per token; null where there are none, as with latent attention.</summary>
    public long? ValueElements { get; init; }

    /// <summary>Elements of values per token where attention is not fused: the cache is then as wide as the model's widest layer.</summary>
    public long PaddedValueElements { get; init; }

    /// <summary>Elements of keys of one head.</summary>
    public long KeyHeadElements { get; init; }

    /// <summary>Elements of values of one head.</summary>
    public long ValueHeadElements { get; init; }

    /// <summary>How far back the layer attends, in tokens; 0 for everything.</summary>
    public long Window { get; init; }

    /// <summary>Elements of the convolution's state per conversation (n_embd_r in llama-hparams.cpp); null where the layer has no state.</summary>
    public long? ConvolutionElements { get; init; }

    /// <summary>Elements of the recurrent state per conversation (n_embd_s).</summary>
    public long StateElements { get; init; }

    /// <summary>Bytes of the layer's keys, values and state (llama-kv-cache.cpp, llama-memory-recurrent.cpp).</summary>
    public long Bytes(CacheSettings settings, GpuSizeRules rules)
    {
        long bytes = 0;
        long cells = checked(CellsPerStream(settings) * settings.Streams);
        if (KeyElements is long keys)
        {
            bytes = checked(bytes + Tensor(settings.KeyType, keys, cells, rules));
        }

        if (ValueElements is long values)
        {
            bytes = checked(bytes + Tensor(settings.ValueType, settings.FlashAttention ? values : PaddedValueElements, cells, rules));
        }

        if (ConvolutionElements is long convolution)
        {
            bytes = checked(bytes
                + Tensor(GgmlType.F32, convolution, settings.Sequences, rules)
                + Tensor(GgmlType.F32, StateElements, settings.Sequences, rules));
        }

        return bytes;
    }

    /// <summary>Cells of one stream.</summary>
    public long CellsPerStream(CacheSettings settings) => Window > 0 ? settings.WindowCells(Window) : settings.Cells;

    private static long Tensor(GgmlType type, long rowElements, long rows, GpuSizeRules rules) =>
        rules.Bytes(type, rowElements, checked(rowElements * type.TypeSize() / type.BlockSize() * rows));
}
