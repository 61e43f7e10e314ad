namespace LocalLlm;

/// <summary>Where the time of one call went.</summary>
public sealed record Timings
{
    /// <summary>Length of the prompt, in tokens, as it was computed: where a sequence of the KV cache holds the same text in other tokens, those count.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>How many of the prompt's tokens were in the KV cache already and were not computed again.</summary>
    public required int CachedTokens { get; init; }

    /// <summary>Tokens generated; the one that ends the text is not counted.</summary>
    public required int GeneratedTokens { get; init; }

    /// <summary>Time spent waiting for room in the KV cache, or for another call that was reading the same beginning.</summary>
    public required TimeSpan Queued { get; init; }

    /// <summary>Time from the start of the work on the prompt to the first token.</summary>
    public required TimeSpan Prefill { get; init; }

    /// <summary>Time from the first token to the end.</summary>
    public required TimeSpan Decode { get; init; }

    /// <summary>Time from the call to the first token.</summary>
    public TimeSpan TimeToFirstToken => Queued + Prefill;

    /// <summary>Computed prompt tokens per second; 0 where none were computed.</summary>
    public double PrefillTokensPerSecond => Rate(PromptTokens - CachedTokens, Prefill);

    /// <summary>Tokens per second after the first one; 0 where only one was generated.</summary>
    public double DecodeTokensPerSecond => Rate(GeneratedTokens - 1, Decode);

    private static double Rate(int tokens, TimeSpan time) =>
        tokens > 0 && time > TimeSpan.Zero ? tokens / time.TotalSeconds : 0;
}
