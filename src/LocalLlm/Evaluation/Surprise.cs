namespace LocalLlm.Evaluation;

/// <summary>How a model was surprised by the tokens of a text: what perplexity is made of.</summary>
/// <param name="path">The model's file.</param>
internal sealed class Surprise(string path)
{
    private readonly MeanEstimate _negativeLogProbability = new();

    /// <summary>The perplexity of what has been added.</summary>
    internal double Perplexity => Math.Exp(_negativeLogProbability.Mean);

    /// <exception cref="LocalLlmException">It is not a number, or of a token that the model holds impossible.</exception>
    internal void Add(double logProbability)
    {
        if (!double.IsFinite(logProbability))
        {
            throw new LocalLlmException($"{path} gives a token of the text no probability (ln p = {logProbability}): its weights are damaged, or it never writes that token.");
        }

        _negativeLogProbability.Add(-logProbability);
    }

    internal PerplexityResult Result(TextChunks chunks) => new()
    {
        Perplexity = Perplexity,
        StandardError = Perplexity * _negativeLogProbability.StandardError,
        Tokens = chunks.TokenCount,
        ScoredTokens = _negativeLogProbability.Count,
        Chunks = chunks.Count,
    };
}
