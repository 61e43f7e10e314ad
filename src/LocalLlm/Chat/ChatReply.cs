using Microsoft.Extensions.AI;

namespace LocalLlm;

/// <summary>The answer of a chat call. Its raw representation is the <see cref="GenerateReply"/>: the text with all that marks reasoning and calls, and its tokens.</summary>
public class ChatReply : ChatResponse
{
    internal ChatReply(ChatResponse response, GenerateReply reply)
        : this(response, reply, reply.Timings, reply.TokenLogProbabilities)
    {
    }

    private protected ChatReply(ChatReply other)
        : this(other, other.RawRepresentation, other.Timings, other.TokenLogProbabilities)
    {
    }

    private ChatReply(ChatResponse response, object? raw, Timings timings, IReadOnlyList<TokenLogProbability>? logProbabilities)
        : base(response.Messages)
    {
        ResponseId = response.ResponseId;
        ModelId = response.ModelId;
        CreatedAt = response.CreatedAt;
        FinishReason = response.FinishReason;
        Usage = response.Usage;
        RawRepresentation = raw;
        Timings = timings;
        TokenLogProbabilities = logProbabilities;
    }

    /// <summary>Where the time went.</summary>
    public Timings Timings { get; }

    /// <summary>How probable the model held each generated token; null where <see cref="LocalChatOptions.LogProbabilities"/> did not ask for it.</summary>
    public IReadOnlyList<TokenLogProbability>? TokenLogProbabilities { get; }
}
