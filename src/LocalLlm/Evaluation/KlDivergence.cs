using LocalLlm.Evaluation;
using LocalLlm.Native;

namespace LocalLlm;

/// <summary>Measures how far a model's predictions are from those of a reference: a quantized variant from the original.</summary>
/// <remarks>
/// The chunks are those of <see cref="Perplexity"/>, and the figures those of <c>llama-perplexity --kl-divergence</c>, but both
/// models are loaded, one planned after the other, and read side by side: the reference's logits are compared as they
/// are, and kept nowhere. They must have the same vocabulary.
/// </remarks>
public static class KlDivergence
{
    /// <summary>Loads both models, has them read a text on a thread of its own, and frees them.</summary>
    /// <param name="modelPath">The file of the model that is judged; of a split model any part.</param>
    /// <param name="referencePath">The file of the model that it is compared with.</param>
    /// <param name="text">The text, of two chunks at least. Control tokens in it are plain text.</param>
    /// <param name="options">How to load the models, and the length of the chunks; null for the defaults.</param>
    /// <param name="progress">Is told of each chunk, on the evaluating thread. What it throws ends the evaluation and is thrown to the caller.</param>
    /// <param name="cancellationToken">Stops the evaluation: between pieces of a chunk, and within one where the processor computes.</param>
    /// <exception cref="TextTooShortException">The text has less than two chunks.</exception>
    /// <exception cref="LocalLlmException">llama.cpp can't compute, a model gives no probabilities, or their vocabularies differ.</exception>
    /// <exception cref="ModelNotFoundException">There is no such file.</exception>
    /// <exception cref="GgufFormatException">A file is not GGUF, is damaged, or would not load safely.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ModelLoadException">llama.cpp can't load it, or it is not a model that generates text.</exception>
    /// <exception cref="NotEnoughMemoryException">What must be in memory does not fit, or an explicit placement is over a budget.</exception>
    /// <exception cref="NativeLibraryException">llama.cpp's libraries are missing or do not load.</exception>
    /// <exception cref="ArgumentException">An option's value is not valid.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public static Task<KlDivergenceResult> EvaluateAsync(
        string modelPath,
        string referencePath,
        string text,
        EvaluationOptions? options = null,
        IProgress<EvaluationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        ArgumentException.ThrowIfNullOrEmpty(referencePath);
        ArgumentNullException.ThrowIfNull(text);
        options ??= new EvaluationOptions();
        options.Validate();
        return TextEvaluation.StartAsync(
            typeof(KlDivergence), options, log => Evaluate(modelPath, referencePath, text, options, log, progress, cancellationToken), cancellationToken);
    }

    private static KlDivergenceResult Evaluate(
        string modelPath, string referencePath, string text, EvaluationOptions options, NativeLogScope log, IProgress<EvaluationProgress>? progress, CancellationToken cancellationToken)
    {
        using ScoringModel model = ScoringModel.Load(modelPath, options, log, cancellationToken);
        TextChunks chunks = new(model.Vocabulary, text, options.ChunkLength);
        using ScoringModel reference = ScoringModel.Load(referencePath, options, log, cancellationToken);
        if (model.Vocabulary.Count != reference.Vocabulary.Count || !chunks.IsSameAs(new TextChunks(reference.Vocabulary, text, options.ChunkLength)))
        {
            throw new LocalLlmException($"{model.Path} and {reference.Path} have different vocabularies: only variants of one model can be compared token by token.");
        }

        TokenDivergence[] tokens = new TokenDivergence[chunks.ScoredPerChunk];
        DivergenceStatistics statistics = new(model.Path, reference.Path);
        TextEvaluation.Read(chunks, options, Score, () => statistics.Perplexity, progress, cancellationToken);
        return statistics.Result(chunks);

        void Score(TextPiece piece, ParallelOptions parallel)
        {
            LogitRows rows = model.Read(piece);
            LogitRows referenceRows = reference.Read(piece);
            Parallel.For(0, piece.Targets.Length, parallel, i => tokens[i] = TokenDivergence.Of(rows[i], referenceRows[i], piece.Targets.Span[i]));
            foreach (TokenDivergence token in tokens.AsSpan(0, piece.Targets.Length))
            {
                statistics.Add(token);
            }
        }
    }
}
