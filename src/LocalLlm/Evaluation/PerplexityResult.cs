namespace LocalLlm;

/// <summary>How well a model predicts a text.</summary>
public sealed record PerplexityResult
{
    /// <summary>The exponential of the mean negative log-probability of the scored tokens: 1 for a model that knew each, lower is better.</summary>
    public required double Perplexity { get; init; }

    /// <summary>The standard error of <see cref="Perplexity"/>: its uncertainty from the choice of the text.</summary>
    public required double StandardError { get; init; }

    /// <summary>Tokens of the text, with the one that begins it where the model wants one.</summary>
    public required int Tokens { get; init; }

    /// <summary>Tokens that count: of each chunk those of the second half, but for its first.</summary>
    public required int ScoredTokens { get; init; }

    /// <summary>Chunks of the text. What is left after the last whole one is not read.</summary>
    public required int Chunks { get; init; }
}
