using LocalLlm.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm;

/// <summary>Generated text, and how it came about.</summary>
public sealed record GenerateReply
{
    internal GenerateReply(string text, IReadOnlyList<int> tokenIds, IReadOnlyList<TokenLogProbability>? logProbabilities, GenerationEnd end)
    {
        Text = text;
        TokenIds = tokenIds;
        TokenLogProbabilities = logProbabilities;
        FinishReason = end.FinishReason;
        Usage = end.Usage;
        Timings = end.Timings;
    }

    /// <summary>The text, without the stop sequence that ended it.</summary>
    public string Text { get; }

    /// <summary>The generated tokens, without the one that ended the text.</summary>
    public IReadOnlyList<int> TokenIds { get; }

    /// <summary>How probable the model held each of <see cref="TokenIds"/>; null where <see cref="GenerationOptions.LogProbabilities"/> did not ask for it.</summary>
    public IReadOnlyList<TokenLogProbability>? TokenLogProbabilities { get; }

    /// <summary><see cref="ChatFinishReason.Stop"/> where the model or a stop sequence ended the text, <see cref="ChatFinishReason.Length"/> where a limit did.</summary>
    public ChatFinishReason FinishReason { get; }

    /// <summary>Tokens in and out; those that were in the KV cache already are counted in <see cref="UsageDetails.CachedInputTokenCount"/> too.</summary>
    public UsageDetails Usage { get; }

    /// <summary>Where the time went.</summary>
    public Timings Timings { get; }

    /// <summary>Returns <see cref="Text"/>.</summary>
    public override string ToString() => Text;
}
