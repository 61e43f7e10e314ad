using LocalLlm.Inference;
using LocalLlm.Native;
using LocalLlm.Planning;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm.Tests.Inference;

/// <summary>A model without an engine: decodes one sequence token by token, as plainly as llama.cpp allows.</summary>
internal sealed unsafe class BareModel : IDisposable
{
    private readonly LoadedModel _model;
    private readonly EngineContext _context;

    internal BareModel(string path, int contextLength)
    {
        _model = BareWeights.Load(path, architecture: null);
        using NativeLogScope quiet = NativeLog.Enter(NullLogger.Instance);
        _context = EngineContext.Create(_model, new CacheSettings { ContextLength = contextLength }, threads: 1, onCpu: true)!;
    }

    public void Dispose()
    {
        _context.Dispose();
        _model.Dispose();
    }

    /// <summary>How far apart the two best logits are after these tokens.</summary>
    internal float GapAfter(IEnumerable<int> tokens)
    {
        float[] best = [.. LogitsAfter(tokens).OrderDescending().Take(2)];
        return best[0] - best[1];
    }

    /// <summary>The logits after these tokens.</summary>
    internal float[] LogitsAfter(IEnumerable<int> tokens)
    {
        LlamaApi.llama_memory_seq_rm(_context.Memory, 0, -1, -1);
        int position = 0;
        foreach (int token in tokens)
        {
            _context.Batch.Clear();
            _context.Batch.Add(token, position++, sequenceId: 0, output: true);
            Assert.Equal(0, _context.Decode(out _));
        }

        return new ReadOnlySpan<float>(LlamaApi.llama_get_logits_ith(_context.Handle, 0), _model.Vocabulary.Count).ToArray();
    }
}
