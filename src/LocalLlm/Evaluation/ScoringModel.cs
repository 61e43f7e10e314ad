using LocalLlm.Inference;
using LocalLlm.Native;

namespace LocalLlm.Evaluation;

/// <summary>A model that reads chunks of a text and gives the logits of their second halves. For the thread that loads it.</summary>
internal sealed unsafe class ScoringModel : IDisposable
{
    private const int NoPlace = 1;

    private readonly ReadyModel _ready;
    private readonly NativeLogScope _log;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenRegistration _abortOnCancel;
    private readonly CancellationTokenRegistration _abortOnExit;

    private ScoringModel(ReadyModel ready, NativeLogScope log, CancellationToken cancellationToken)
    {
        _ready = ready;
        _log = log;
        _cancellationToken = cancellationToken;
        _abortOnCancel = cancellationToken.Register(Abort);
        _abortOnExit = RunningLoads.Exiting.Register(Abort);
    }

    internal Vocabulary Vocabulary => _ready.Model.Vocabulary;

    /// <summary>Full path of the file.</summary>
    internal string Path => _ready.Model.Path;

    /// <summary>Plans and loads a model.</summary>
    /// <param name="path">The file; of a split model any part.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="log">The native log of this thread.</param>
    /// <param name="cancellationToken">Stops the load, and every read.</param>
    internal static ScoringModel Load(string path, EvaluationOptions options, NativeLogScope log, CancellationToken cancellationToken) =>
        new(new ModelLoader(options.ForEngine(), log.Logger).LoadReady(path, progress: null, cancellationToken), log, cancellationToken);

    /// <summary>Reads the next piece of a chunk. The result, a row for each target, is valid until the next call.</summary>
    internal LogitRows Read(TextPiece piece)
    {
        ThrowIfUnwanted();
        EngineContext context = _ready.Context;
        if (piece.Position == 0)
        {
            LlamaApi.llama_memory_seq_rm(context.Memory, 0, -1, -1);
        }

        DecodeBatch batch = context.Batch;
        batch.Clear();
        ReadOnlySpan<int> tokens = piece.Tokens.Span;
        for (int i = 0; i < tokens.Length; i++)
        {
            batch.Add(tokens[i], piece.Position + i, sequenceId: 0, output: i >= piece.FirstScored && i < piece.FirstScored + piece.Targets.Length);
        }

        int result = context.Decode(out _);
        string[] errors = _log.TakeErrors();
        _log.ThrowIfFailed();
        if (result != 0)
        {
            ThrowIfUnwanted();
            string reason = result == NoPlace ? "no free place in the KV cache" : $"error {result}";
            throw new LocalLlmException($"llama_decode failed on {Path}: {reason}. {string.Join(" | ", errors)}".TrimEnd());
        }

        if (piece.Targets.IsEmpty)
        {
            return default;
        }

        float* logits = LlamaApi.llama_get_logits_ith(context.Handle, piece.FirstScored);
        return logits is null
            ? throw new LocalLlmException($"llama.cpp has no logits of {Path}. {string.Join(" | ", _log.TakeErrors())}".TrimEnd())
            : new LogitRows(logits, Vocabulary.Count);
    }

    public void Dispose()
    {
        _abortOnCancel.Dispose();
        _abortOnExit.Dispose();
        _ready.Dispose();
    }

    private void Abort() => _ready.Context.Abort.Set(true);

    private void ThrowIfUnwanted()
    {
        _cancellationToken.ThrowIfCancellationRequested();
        RunningLoads.ThrowIfExiting();
    }
}
