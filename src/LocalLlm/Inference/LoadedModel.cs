using System.Text;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>A model that llama.cpp has loaded, and what it says of it.</summary>
internal sealed unsafe class LoadedModel : IDisposable
{
    internal LoadedModel(string path, ModelHandle handle)
    {
        Path = path;
        Handle = handle;
        Vocabulary = new Vocabulary(handle);
        Architecture = Metadata("general.architecture") ?? "";
        TrainedContextLength = LlamaApi.llama_model_n_ctx_train(handle);
        LayerCount = LlamaApi.llama_model_n_layer(handle);
    }

    internal string Path { get; }

    internal ModelHandle Handle { get; }

    internal Vocabulary Vocabulary { get; }

    internal string Architecture { get; }

    internal int TrainedContextLength { get; }

    internal int LayerCount { get; }

    /// <summary>
    /// Whether the tail of a sequence can be cut off its KV cache. Recurrent state has no tail to cut, and a
    /// sliding-window cache has dropped what it would have to go back to (and says it went well).
    /// </summary>
    internal bool CanCutSequences =>
        LlamaApi.llama_model_n_swa(Handle) == 0 && !LlamaApi.llama_model_is_recurrent(Handle) && !LlamaApi.llama_model_is_hybrid(Handle);

    /// <summary>A scalar of the file's metadata as text; null where there is none.</summary>
    internal string? Metadata(string key) =>
        NativeText.Read((buffer, size) => LlamaApi.llama_model_meta_val_str(Handle, key, (byte*)buffer, size));

    public void Dispose() => Handle.Dispose();
}
