namespace LocalLlm;

/// <summary>What became of a candidate.</summary>
public sealed record PresetVerdict
{
    /// <summary>The candidate.</summary>
    public required PresetCandidate Candidate { get; init; }

    /// <summary>Where it would go; null where what must be in memory does not fit.</summary>
    public required OffloadPlan? Plan { get; init; }

    /// <summary>Whether all of it is in memory, with nothing read from the disk for a token.</summary>
    public required bool Fits { get; init; }

    /// <summary>
    /// What the processor's memory allows: its bandwidth over the bytes read for a token; what the disk allows where weights are read
    /// from it. Null where all is on GPUs, the disk's speed is not known, or there is no plan.
    /// </summary>
    public required double? TokensPerSecond { get; init; }

    /// <summary>Why it was taken, or was not.</summary>
    public required string Reason { get; init; }

    /// <summary>Why there is no plan.</summary>
    internal NotEnoughMemoryException? Refusal { get; init; }
}
