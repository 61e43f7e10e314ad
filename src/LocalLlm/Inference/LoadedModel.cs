using System.Collections.Frozen;
using LocalLlm.Hardware;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>A model that llama.cpp has loaded.</summary>
internal sealed class LoadedModel : IDisposable
{
    // Architectures with a cache of their own (llama_model::create_memory).
    private static readonly FrozenSet<string> OwnCaches = FrozenSet.Create("minimax-m3", "glm-dsa", "deepseek32", "dots3note", "deepseek4");

    private readonly MemoryClaim? _claim;

    /// <param name="path">The file.</param>
    /// <param name="handle">What llama.cpp made of it; owned from now on.</param>
    /// <param name="architecture">The file's general.architecture.</param>
    /// <param name="claim">What it takes of each device; owned from now on. Null: nobody needs to know.</param>
    internal LoadedModel(string path, ModelHandle handle, string? architecture, MemoryClaim? claim = null)
    {
        _claim = claim;
        Path = path;
        Handle = handle;
        Vocabulary = new Vocabulary(handle);
        MemoryKind = OwnCaches.Contains(architecture ?? "") ? MemoryKind.Other
            : LlamaApi.llama_model_is_recurrent(handle) || LlamaApi.llama_model_is_hybrid(handle) ? MemoryKind.Recurrent
            : LlamaApi.llama_model_n_swa(handle) > 0 ? MemoryKind.SlidingWindow
            : MemoryKind.Attention;
    }

    internal string Path { get; }

    internal ModelHandle Handle { get; }

    internal Vocabulary Vocabulary { get; }

    internal MemoryKind MemoryKind { get; }

    /// <summary>How many tokens back the window of a sliding-window layer reaches; 0 where there is none.</summary>
    internal int Window => LlamaApi.llama_model_n_swa(Handle);

    public void Dispose()
    {
        Handle.Dispose();
        _claim?.Dispose();
    }
}
