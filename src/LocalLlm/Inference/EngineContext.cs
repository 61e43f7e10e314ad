using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>A llama_context with all that must live and die with it.</summary>
internal sealed unsafe class EngineContext : IDisposable
{
    /// <summary>How many tokens llama.cpp computes at once (n_ubatch).</summary>
    internal const int MicroBatch = 512;

    private readonly ThreadPoolHandle? _threadPool;

    private EngineContext(ContextHandle handle, AbortFlag abort, int threads)
    {
        Handle = handle;
        Abort = abort;
        Memory = LlamaApi.llama_get_memory(handle);
        Batch = new DecodeBatch((int)LlamaApi.llama_n_batch(handle));
        // Without a pool ggml starts its threads anew for every graph.
        _threadPool = ThreadPoolHandle.Start(threads);
        if (_threadPool is not null)
        {
            LlamaApi.llama_attach_threadpool(handle, _threadPool, _threadPool);
        }
    }

    internal ContextHandle Handle { get; }

    internal AbortFlag Abort { get; }

    /// <summary>The llama_memory_t; 0 for a model without one.</summary>
    internal nint Memory { get; }

    /// <summary>Whether the model gives one vector for a whole text, as embedding and ranking models do.</summary>
    internal bool IsPooling => LlamaApi.llama_pooling_type(Handle) is not (llama_pooling_type.LLAMA_POOLING_TYPE_NONE or llama_pooling_type.LLAMA_POOLING_TYPE_UNSPECIFIED);

    internal DecodeBatch Batch { get; }

    /// <summary>Creates the context; null where llama.cpp refuses, which it then has logged.</summary>
    internal static EngineContext? Create(LoadedModel model, int contextLength, int sequences, int threads)
    {
        AbortFlag abort = new();
        llama_context_params parameters = LlamaApi.llama_context_default_params();
        // Below the number of sequences each of these three ends the process.
        parameters.n_ctx = (uint)Math.Max(checked(contextLength * sequences), sequences);
        parameters.n_batch = (uint)Math.Max(Math.Min(2048, parameters.n_ctx), sequences);
        parameters.n_outputs_max = (uint)sequences;
        parameters.n_ubatch = Math.Min(MicroBatch, parameters.n_batch);
        parameters.n_seq_max = (uint)sequences;
        parameters.n_threads = threads;
        parameters.n_threads_batch = threads;
        parameters.swa_full = 0;
        parameters.kv_unified = 1;
        parameters.abort_callback = AbortFlag.Callback;
        parameters.abort_callback_data = abort.Data;

        ContextHandle handle = new(LlamaApi.llama_init_from_model(model.Handle, parameters), model.Handle);
        if (!handle.IsInvalid)
        {
            return new EngineContext(handle, abort, threads);
        }

        handle.Dispose();
        abort.Dispose();
        return null;
    }

    public void Dispose()
    {
        Handle.Dispose();
        _threadPool?.Dispose();
        Batch.Dispose();
        Abort.Dispose();
    }
}
