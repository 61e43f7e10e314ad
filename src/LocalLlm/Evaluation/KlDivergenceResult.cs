namespace LocalLlm;

/// <summary>
/// How far a model's distributions over the next token are from a reference model's, on the same text: what a variant with fewer
/// bits has lost. The divergence of a token is Σ p·ln(p/q) over the vocabulary, in nats, where p is the reference's
/// probability and q the model's.
/// </summary>
public sealed record KlDivergenceResult
{
    /// <summary>The mean divergence of the scored tokens: 0 for the reference itself.</summary>
    public required double Mean { get; init; }

    /// <summary>The standard error of <see cref="Mean"/>.</summary>
    public required double StandardError { get; init; }

    /// <summary>The divergence that half of the tokens stay below.</summary>
    public required double Median { get; init; }

    /// <summary>The divergence that 99 % of the tokens stay below.</summary>
    public required double Percentile99 { get; init; }

    /// <summary>The largest divergence.</summary>
    public required double Maximum { get; init; }

    /// <summary>The share of tokens for which both models hold the same token for the likeliest, 0 to 1.</summary>
    public required double SameTopRate { get; init; }

    /// <summary>The root of the mean square of what the probabilities of the text's own tokens differ by, 0 to 1.</summary>
    public required double RmsProbabilityDifference { get; init; }

    /// <summary>The model's perplexity on the text.</summary>
    public required PerplexityResult Perplexity { get; init; }

    /// <summary>The reference's perplexity on the text.</summary>
    public required PerplexityResult ReferencePerplexity { get; init; }
}
