namespace LocalLlm.Inference;

/// <summary>How many bytes the KV cache of a model takes, so that a context too large is refused before llama.cpp touches every page of it.</summary>
/// <remarks>
/// n_head_kv · (head_dim_k + head_dim_v) · 2 bytes for each attention layer and token (llama-kv-cache.cpp), F16. MLA
/// layers keep one row of key_length. Sliding-window layers hold n_swa · n_seq_max + n_ubatch tokens
/// (llama-kv-cache-iswa.cpp). Recurrent state does not grow with the context and is not counted.
/// </remarks>
internal sealed class KvCacheSize
{
    private const int BytesPerElement = 2;
    private const int CellAlignment = 256;

    private readonly long _sequences;
    private readonly long _fullRow;
    private readonly long _windowRow;
    private readonly long _window;

    internal KvCacheSize(GgufFile file, int sequences)
    {
        _sequences = sequences;
        GgufMetadata metadata = file.Metadata;
        long layers = Number("block_count");
        long heads = Math.Max(1, Number("attention.head_count"));
        long headLength = Number("embedding_length") / heads;
        bool isLatent = Number("attention.kv_lora_rank") > 0 && Number("attention.key_length_mla") > 0;
        long elements = Number("attention.key_length", headLength) + (isLatent ? 0 : Number("attention.value_length", headLength));
        long row = KvHeads() * elements * BytesPerElement / Math.Max(1, Number("full_attention_interval"));

        _window = Number("attention.sliding_window");
        long period = _window > 0 ? Number("attention.sliding_window_pattern", DefaultPeriod(file.Architecture)) : 1;
        _fullRow = row / Math.Max(1, period);
        _windowRow = row - _fullRow;

        // All layers' key-value heads together.
        long KvHeads()
        {
            string key = $"{file.Architecture}.attention.head_count_kv";
            if (metadata.TryGetArrayInfo(key, out _, out _))
            {
                return metadata.TryGetArray(key, out uint[]? unsigned) ? unsigned.Sum(n => n)
                    : metadata.TryGetArray(key, out int[]? signed) ? signed.Sum(n => Math.Max(0L, n)) : 0;
            }

            return layers * (isLatent ? 1 : Number("attention.head_count_kv", Number("attention.head_count")));
        }

        long Number(string key, long otherwise = 0) =>
            metadata.TryGetInteger($"{file.Architecture}.{key}", out long value) && value >= 0 ? value : otherwise;
    }

    /// <summary>The bytes for sequences of this length.</summary>
    internal long Bytes(long contextLength)
    {
        long cells = Align(contextLength * _sequences);
        return (_fullRow * cells) + (_windowRow * Math.Min(cells, Align((_window * _sequences) + EngineContext.MicroBatch)));
    }

    private static long Align(long cells) => (cells + CellAlignment - 1) / CellAlignment * CellAlignment;

    // One layer in so many is full where the file does not say (src/models/*.cpp); 1 counts every layer as full.
    private static int DefaultPeriod(string? architecture) => architecture switch
    {
        "gemma2" or "gpt-oss" => 2,
        "llama4" or "cohere2" or "exaone4" or "olmo2" => 4,
        "gemma3n" => 5,
        "gemma3" => 6,
        "plamo3" => 8,
        _ => 1,
    };
}
