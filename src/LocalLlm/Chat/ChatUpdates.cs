using LocalLlm.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>Makes the updates of one streamed answer: all carry the same ids.</summary>
internal sealed class ChatUpdates(string modelId, ReplyReader reply)
{
    private readonly string _responseId = Guid.NewGuid().ToString("N");
    private readonly string _messageId = Guid.NewGuid().ToString("N");
    private readonly DateTimeOffset _createdAt = DateTimeOffset.UtcNow;
    private List<TokenLogProbability>? _logProbabilities;

    /// <summary>
    /// The update for what became certain; null where nothing did. The log-probabilities of its tokens, where they were
    /// asked for, are its raw representation, together with those of tokens before it that brought nothing.
    /// </summary>
    internal ChatResponseUpdate? Of(in GeneratedPiece piece)
    {
        if (piece.LogProbability is { } logProbability)
        {
            (_logProbabilities ??= []).Add(logProbability);
        }

        return reply.Read(piece) is { } contents ? Carrying(contents) : null;
    }

    /// <summary>What comes when nothing more is generated.</summary>
    internal IEnumerable<ChatResponseUpdate> Complete(GenerationEnd end)
    {
        if (Rest() is { } rest)
        {
            yield return rest;
        }

        yield return End(end);
    }

    /// <summary>
    /// What was held back to the end: calls, and the log-probabilities of tokens whose text is no part of the answer, as a
    /// stop sequence's; null where there is nothing.
    /// </summary>
    private ChatResponseUpdate? Rest()
    {
        List<AIContent>? contents = reply.Complete();
        return contents is null && _logProbabilities is null ? null : Carrying(contents ?? []);
    }

    /// <summary>The last update: why it ended, the usage, and the <see cref="Timings"/> as raw representation.</summary>
    private ChatResponseUpdate End(GenerationEnd end)
    {
        UsageDetails usage = end.Usage;
        usage.ReasoningTokenCount = reply.ReasoningTokens > 0 ? reply.ReasoningTokens : null;
        ChatResponseUpdate update = Create([new UsageContent(usage)]);
        update.FinishReason = reply.HasCalls && end.FinishReason == ChatFinishReason.Stop ? ChatFinishReason.ToolCalls : end.FinishReason;
        update.RawRepresentation = end.Timings;
        return update;
    }

    private ChatResponseUpdate Carrying(IList<AIContent> contents)
    {
        ChatResponseUpdate update = Create(contents);
        update.RawRepresentation = _logProbabilities;
        _logProbabilities = null;
        return update;
    }

    private ChatResponseUpdate Create(IList<AIContent> contents) => new(ChatRole.Assistant, contents)
    {
        ResponseId = _responseId,
        MessageId = _messageId,
        ModelId = modelId,
        CreatedAt = _createdAt,
    };
}
