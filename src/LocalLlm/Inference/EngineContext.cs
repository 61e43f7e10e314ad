using System.Diagnostics;
using LocalLlm.Native;
using LocalLlm.Planning;

namespace LocalLlm.Inference;

/// <summary>A llama_context with all that must live and die with it.</summary>
internal sealed unsafe class EngineContext : IDisposable
{
    private readonly ComputeThreads _threads;

    private EngineContext(ContextHandle handle, AbortFlag abort, LoadedModel model, int mostOutputs, int threads, bool onCpu)
    {
        Handle = handle;
        Abort = abort;
        Memory = LlamaApi.llama_get_memory(handle);
        MemoryKind = model.MemoryKind;
        Window = model.Window;
        MostOutputs = mostOutputs;
        Batch = new DecodeBatch((int)LlamaApi.llama_n_batch(handle));
        _threads = ComputeThreads.Attach(handle, threads, onCpu);
    }

    internal ContextHandle Handle { get; }

    internal AbortFlag Abort { get; }

    /// <summary>The llama_memory_t; 0 for a model without one.</summary>
    internal nint Memory { get; }

    internal MemoryKind MemoryKind { get; }

    /// <summary>How many tokens back the window of a sliding-window layer reaches; 0 where there is none.</summary>
    internal int Window { get; }

    /// <summary>How many tokens can get logits in one step, and so how many calls can run at a time.</summary>
    internal int MostOutputs { get; }

    /// <summary>Whether the model gives one vector for a whole text, as embedding and ranking models do.</summary>
    internal bool IsPooling => LlamaApi.llama_pooling_type(Handle) is not (llama_pooling_type.LLAMA_POOLING_TYPE_NONE or llama_pooling_type.LLAMA_POOLING_TYPE_UNSPECIFIED);

    internal DecodeBatch Batch { get; }

    /// <summary>Creates the context; null where llama.cpp refuses, which it then has logged.</summary>
    /// <param name="model">The model.</param>
    /// <param name="settings">Its lengths and types.</param>
    /// <param name="threads">Computing threads.</param>
    /// <param name="onCpu">Whether the processor computes layers.</param>
    /// <param name="flashAttention">Whether attention is fused.</param>
    internal static EngineContext? Create(LoadedModel model, CacheSettings settings, int threads, bool onCpu, FlashAttention flashAttention = FlashAttention.Auto)
    {
        AbortFlag abort = new();
        llama_context_params parameters = LlamaApi.llama_context_default_params();
        ContextParameters.Set(ref parameters, settings, flashAttention);
        parameters.n_threads = threads;
        parameters.n_threads_batch = threads;
        parameters.abort_callback = AbortFlag.Callback;
        parameters.abort_callback_data = abort.Data;

        ContextHandle handle = new(LlamaApi.llama_init_from_model(model.Handle, parameters), model.Handle);
        EngineContext? created = null;
        try
        {
            return created = handle.IsInvalid ? null : new EngineContext(handle, abort, model, (int)parameters.n_outputs_max, threads, onCpu);
        }
        finally
        {
            if (created is null)
            {
                handle.Dispose();
                abort.Dispose();
            }
        }
    }

    /// <summary>Whether no other model wants to compute.</summary>
    internal bool IsAlone => _threads.IsAlone;

    /// <summary>Decodes the batch, when the processor is free for it, and says how long that took by itself.</summary>
    internal int Decode(out TimeSpan elapsed)
    {
        using ComputeThreads.Turn turn = _threads.TakeTurn();
        long start = Stopwatch.GetTimestamp();
        int result = Batch.Decode(Handle);
        // On a GPU the work goes on after llama_decode.
        LlamaApi.llama_synchronize(Handle);
        elapsed = Stopwatch.GetElapsedTime(start);
        return result;
    }

    public void Dispose()
    {
        Handle.Dispose();
        _threads.Dispose();
        Batch.Dispose();
        Abort.Dispose();
    }
}
