using System.Numerics.Tensors;
using LocalLlm.Inference;
using LocalLlm.Native;
using LocalLlm.Planning;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm.Benchmarks;

/// <summary>The least that generating takes: llama_decode and the best logit, in a loop on one thread, with the engine's own context parameters.</summary>
internal sealed unsafe class BareLoop : IDisposable
{
    private readonly LoadedModel _model;
    private readonly EngineContext _context;

    internal BareLoop(string path, int contextLength, int threads)
    {
        NativeRuntime.Load();
        using NativeLogScope quiet = NativeLog.Enter(NullLogger.Instance);
        using GgufFile gguf = GgufFile.Open(path);
        nint noDevice = 0;
        llama_model_params parameters = LlamaApi.llama_model_default_params();
        parameters.devices = &noDevice;
        parameters.n_gpu_layers = 0;
        parameters.load_mode = llama_load_mode.LLAMA_LOAD_MODE_MMAP;
        _model = new LoadedModel(path, new ModelHandle(LlamaApi.llama_model_load_from_file(path, parameters)), gguf.Architecture);
        _context = EngineContext.Create(_model, new CacheSettings { ContextLength = contextLength }, threads, onCpu: true)!;
    }

    /// <summary>Reads a prompt and generates so many tokens.</summary>
    internal void Run(int[] prompt, int tokens)
    {
        using NativeLogScope quiet = NativeLog.Enter(NullLogger.Instance);
        LlamaApi.llama_memory_seq_rm(_context.Memory, 0, -1, -1);
        DecodeBatch batch = _context.Batch;
        batch.Clear();
        for (int i = 0; i < prompt.Length; i++)
        {
            batch.Add(prompt[i], i, sequenceId: 0, output: i == prompt.Length - 1);
        }

        int token = DecodeAndDraw(prompt.Length - 1);
        for (int i = 1; i < tokens; i++)
        {
            batch.Clear();
            batch.Add(token, prompt.Length + i - 1, sequenceId: 0, output: true);
            token = DecodeAndDraw(0);
        }
    }

    public void Dispose()
    {
        _context.Dispose();
        _model.Dispose();
    }

    private int DecodeAndDraw(int output)
    {
        if (_context.Batch.Decode(_context.Handle) != 0)
        {
            throw new InvalidOperationException("llama_decode failed.");
        }

        return TensorPrimitives.IndexOfMax(new ReadOnlySpan<float>(LlamaApi.llama_get_logits_ith(_context.Handle, output), _model.Vocabulary.Count));
    }
}
