using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>A model that llama.cpp has loaded.</summary>
internal sealed class LoadedModel : IDisposable
{
    internal LoadedModel(string path, ModelHandle handle)
    {
        Path = path;
        Handle = handle;
        Vocabulary = new Vocabulary(handle);
    }

    internal string Path { get; }

    internal ModelHandle Handle { get; }

    internal Vocabulary Vocabulary { get; }

    /// <summary>
    /// Whether the tail of a sequence can be cut off its KV cache. Recurrent state has no tail to cut, and a
    /// sliding-window cache has dropped what it would have to go back to (and says it went well).
    /// </summary>
    internal bool CanCutSequences =>
        LlamaApi.llama_model_n_swa(Handle) == 0 && !LlamaApi.llama_model_is_recurrent(Handle) && !LlamaApi.llama_model_is_hybrid(Handle);

    public void Dispose() => Handle.Dispose();
}
