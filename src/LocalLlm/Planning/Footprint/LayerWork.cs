namespace LocalLlm.Planning;

/// <summary>The widths of a model's largest layer, which decide its compute buffers. All in elements per token unless said otherwise.</summary>
internal sealed record LayerWork
{
    /// <summary>n_embd.</summary>
    public required long Embedding { get; init; }

    /// <summary>Tokens of the vocabulary.</summary>
    public required long Vocabulary { get; init; }

    /// <summary>The widest dense feed-forward.</summary>
    public required long FeedForward { get; init; }

    /// <summary>The widest feed-forward of one expert.</summary>
    public required long ExpertFeedForward { get; init; }

    /// <summary>Experts that a token passes; 0 for none.</summary>
    public required long ExpertsUsed { get; init; }

    /// <summary>Attention heads.</summary>
    public required long Heads { get; init; }

    /// <summary>Queries, all heads together.</summary>
    public required long Queries { get; init; }

    /// <summary>Keys, all heads together.</summary>
    public required long Keys { get; init; }

    /// <summary>Values, all heads together.</summary>
    public required long Values { get; init; }

    /// <summary>Whether queries, keys and values come from one matrix.</summary>
    public required bool IsFused { get; init; }

    /// <summary>Whether scores are capped before they are normalised: then there are two of each.</summary>
    public required bool CapsScores { get; init; }

    /// <summary>Activations of a state-space or linear-attention layer.</summary>
    public required long Mixer { get; init; }

    /// <summary>Elements of one layer's state per conversation.</summary>
    public required long State { get; init; }
}
