namespace LocalLlm.Inference;

/// <summary>How many bytes the KV cache of a model takes, so that a context too large is refused before llama.cpp touches every page of it.</summary>
/// <remarks>
/// n_head_kv · (head_dim_k + head_dim_v) · 2 bytes for each attention layer and token (llama-kv-cache.cpp), F16. MLA
/// layers keep one row of key_length. Of a sliding-window model one layer in six counts as full, the fewest that a known
/// architecture has. Recurrent state does not grow with the context and is not counted.
/// </remarks>
internal sealed class KvCacheSize
{
    private const int BytesPerElement = 2;
    private const int CellAlignment = 256;

    private readonly long _fullRow;
    private readonly long _windowRow;
    private readonly long _window;

    internal KvCacheSize(GgufFile file)
    {
        GgufMetadata metadata = file.Metadata;
        long layers = Number("block_count");
        long heads = Math.Max(1, Number("attention.head_count"));
        long headLength = Number("embedding_length") / heads;
        bool isLatent = Number("attention.kv_lora_rank") > 0 && Number("attention.key_length_mla") > 0;
        long elements = Number("attention.key_length", headLength) + (isLatent ? 0 : Number("attention.value_length", headLength));
        long row = KvHeads() * elements * BytesPerElement / Math.Max(1, Number("full_attention_interval"));

        _window = Number("attention.sliding_window");
        _windowRow = _window > 0 ? row * 5 / 6 : 0;
        _fullRow = row - _windowRow;

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

    internal long Bytes(long tokens)
    {
        long cells = (tokens + CellAlignment - 1) / CellAlignment * CellAlignment;
        return (_fullRow * cells) + (_windowRow * Math.Min(cells, _window));
    }
}
