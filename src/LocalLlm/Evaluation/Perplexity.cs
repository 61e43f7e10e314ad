using LocalLlm.Evaluation;
using LocalLlm.Inference;
using LocalLlm.Native;

namespace LocalLlm;

/// <summary>Measures how well a model predicts a text: the figure by which variants of one model are compared.</summary>
/// <remarks>
/// Reckoned as llama-perplexity does: the text is read in chunks that know nothing of each other, and of each only the second half
/// counts. Only figures of the same text, chunk length and vocabulary can be compared.
/// </remarks>
public static class Perplexity
{
    /// <summary>Loads a model, has it read a text on a thread of its own, and frees it.</summary>
    /// <param name="modelPath">The model's file; of a split model any part.</param>
    /// <param name="text">The text, of two chunks at least. Control tokens in it are plain text.</param>
    /// <param name="options">How to load the model, and the length of the chunks; null for the defaults.</param>
    /// <param name="progress">Is told of each chunk, on the evaluating thread. What it throws ends the evaluation and is thrown to the caller.</param>
    /// <param name="cancellationToken">Stops the evaluation: between pieces of a chunk, and within one where the processor computes.</param>
    /// <exception cref="TextTooShortException">The text has less than two chunks.</exception>
    /// <exception cref="LocalLlmException">llama.cpp can't compute, or the model gives no probabilities.</exception>
    /// <exception cref="ModelNotFoundException">There is no such file.</exception>
    /// <exception cref="GgufFormatException">The file is not GGUF, is damaged, or would not load safely.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ModelLoadException">llama.cpp can't load it, or it is not a model that generates text.</exception>
    /// <exception cref="NotEnoughMemoryException">What must be in memory does not fit, or an explicit placement is over a budget.</exception>
    /// <exception cref="NativeLibraryException">llama.cpp's libraries are missing or do not load.</exception>
    /// <exception cref="ArgumentException">An option's value is not valid.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public static Task<PerplexityResult> EvaluateAsync(
        string modelPath,
        string text,
        EvaluationOptions? options = null,
        IProgress<EvaluationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        ArgumentNullException.ThrowIfNull(text);
        options ??= new EvaluationOptions();
        options.Validate();
        return TextEvaluation.StartAsync(typeof(Perplexity), options, log => Evaluate(modelPath, text, options, log, progress, cancellationToken), cancellationToken);
    }

    private static PerplexityResult Evaluate(
        string modelPath, string text, EvaluationOptions options, NativeLogScope log, IProgress<EvaluationProgress>? progress, CancellationToken cancellationToken)
    {
        using ScoringModel model = ScoringModel.Load(modelPath, options, log, cancellationToken);
        TextChunks chunks = new(model.Vocabulary, text, options.ChunkLength);
        double[] logProbabilities = new double[chunks.ScoredPerChunk];
        Surprise surprise = new(model.Path);
        TextEvaluation.Read(chunks, options, Score, () => surprise.Perplexity, progress, cancellationToken);
        return surprise.Result(chunks);

        void Score(TextPiece piece, ParallelOptions parallel)
        {
            LogitRows rows = model.Read(piece);
            Parallel.For(0, piece.Targets.Length, parallel, i => logProbabilities[i] = new LogSoftmax(rows[i])[piece.Targets.Span[i]]);
            foreach (double logProbability in logProbabilities.AsSpan(0, piece.Targets.Length))
            {
                surprise.Add(logProbability);
            }
        }
    }
}
