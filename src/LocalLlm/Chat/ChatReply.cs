using Microsoft.Extensions.AI;

namespace LocalLlm;

/// <summary>The answer of a chat call.</summary>
public sealed class ChatReply : ChatResponse
{
    internal ChatReply(GenerateReply reply, string modelId)
        : base(new ChatMessage(ChatRole.Assistant, reply.Text) { MessageId = Guid.NewGuid().ToString("N") })
    {
        ResponseId = Guid.NewGuid().ToString("N");
        ModelId = modelId;
        CreatedAt = DateTimeOffset.UtcNow;
        FinishReason = reply.FinishReason;
        Usage = reply.Usage;
        RawRepresentation = reply;
        Timings = reply.Timings;
        TokenLogProbabilities = reply.TokenLogProbabilities;
    }

    /// <summary>Where the time went.</summary>
    public Timings Timings { get; }

    /// <summary>How probable the model held each generated token; null where <see cref="LocalChatOptions.LogProbabilities"/> did not ask for it.</summary>
    public IReadOnlyList<TokenLogProbability>? TokenLogProbabilities { get; }
}
