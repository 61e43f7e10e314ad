using System.Globalization;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>How many bytes the KV cache takes, so that a context too large is refused before llama.cpp touches every page of it.</summary>
internal static class KvCacheSize
{
    private const int BytesPerElement = 2; // F16
    private const int CellAlignment = 256;

    /// <summary>
    /// n_layer · n_head_kv · (head_dim_k + head_dim_v) · 2 bytes for each token (llama-kv-cache.cpp). Sliding-window
    /// layers hold their window only; which layers these are the file says, here one in six counts as full, the fewest
    /// that a known architecture has. State of recurrent layers does not grow with the context and is not counted.
    /// </summary>
    internal static long Bytes(LoadedModel model, long tokens)
    {
        if (LlamaApi.llama_model_is_recurrent(model.Handle))
        {
            return 0;
        }

        int heads = Math.Max(1, LlamaApi.llama_model_n_head(model.Handle));
        int headLength = LlamaApi.llama_model_n_embd(model.Handle) / heads;
        long row = (long)LlamaApi.llama_model_n_head_kv(model.Handle)
            * (Length("attention.key_length") + Length("attention.value_length")) * BytesPerElement;
        long cells = (tokens + CellAlignment - 1) / CellAlignment * CellAlignment;
        long window = LlamaApi.llama_model_n_swa(model.Handle);
        long fullLayers = window > 0 ? Math.Max(1, model.LayerCount / 6) : model.LayerCount;
        return row * ((fullLayers * cells) + ((model.LayerCount - fullLayers) * Math.Min(cells, window)));

        long Length(string key) =>
            int.TryParse(model.Metadata($"{model.Architecture}.{key}"), CultureInfo.InvariantCulture, out int length) ? length : headLength;
    }
}
