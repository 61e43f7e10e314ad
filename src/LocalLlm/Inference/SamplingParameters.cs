namespace LocalLlm.Inference;

/// <summary>How a sequence's tokens are drawn. Every value is checked already; what is not set is off.</summary>
internal sealed record SamplingParameters
{
    /// <summary>Added to the logits of these tokens; negative infinity bans one.</summary>
    internal IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>Divides positive and multiplies negative logits of the last <see cref="PenaltyWindow"/> tokens of prompt and output; 1 is off.</summary>
    internal float RepetitionPenalty { get; init; } = 1;

    /// <summary>In tokens, at most the context's length.</summary>
    internal int PenaltyWindow { get; init; }

    /// <summary>Taken off a generated token's logit once per occurrence; 0 is off.</summary>
    internal float FrequencyPenalty { get; init; }

    /// <summary>Taken off a generated token's logit once; 0 is off.</summary>
    internal float PresencePenalty { get; init; }

    /// <summary>The most tokens that can be generated: what frequency and presence are counted over.</summary>
    internal int MaxOutputTokens { get; init; }

    /// <summary>Its window is at most the context's length; null is off.</summary>
    internal DryOptions? Dry { get; init; }

    /// <summary>Draws from logits within N standard deviations of the greatest; 0 is off.</summary>
    internal float TopNSigma { get; init; }

    /// <summary>Draws from the K most probable tokens; 0 is off.</summary>
    internal int TopK { get; init; }

    /// <summary>Draws from the tokens of most typical surprise whose probabilities add up to P; 1 is off.</summary>
    internal float TypicalP { get; init; } = 1;

    /// <summary>Draws from the most probable tokens whose probabilities add up to P; 1 is off.</summary>
    internal float TopP { get; init; } = 1;

    /// <summary>Draws from tokens at least this probable, relative to the most probable one; 0 is off.</summary>
    internal float MinP { get; init; }

    /// <summary>Null is off.</summary>
    internal XtcOptions? Xtc { get; init; }

    /// <summary>Divides the logits; 0 takes the most probable token.</summary>
    internal float Temperature { get; init; }

    /// <summary>Null is off.</summary>
    internal DynamicTemperatureOptions? DynamicTemperature { get; init; }

    /// <summary>Takes the place of every truncation and of the plain draw; null is off.</summary>
    internal MirostatOptions? Mirostat { get; init; }

    /// <summary>Seed of the random draws; llama.cpp takes 0xFFFFFFFF for "a random seed".</summary>
    internal uint Seed { get; init; }

    /// <summary>How many of the most probable tokens are told with each token; null tells no probabilities.</summary>
    internal int? LogProbabilities { get; init; }

    // Logits divided by less than this overflow; the draw would be the most probable token anyway.
    internal bool IsGreedy => Temperature < 1e-6f;
}
