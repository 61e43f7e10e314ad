using LocalLlm.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>Makes the updates of one streamed answer: all carry the same ids.</summary>
internal sealed class ChatUpdates(string modelId)
{
    private readonly string _responseId = Guid.NewGuid().ToString("N");
    private readonly string _messageId = Guid.NewGuid().ToString("N");
    private readonly DateTimeOffset _createdAt = DateTimeOffset.UtcNow;
    private List<TokenLogProbability>? _logProbabilities;

    /// <summary>
    /// The update for what became certain; null where nothing did. The log-probabilities of its tokens, where they were
    /// asked for, are its raw representation, together with those of tokens before it that brought no text.
    /// </summary>
    internal ChatResponseUpdate? Of(GeneratedPiece piece)
    {
        if (piece.LogProbability is { } logProbability)
        {
            (_logProbabilities ??= []).Add(logProbability);
        }

        return piece.Text is { } text ? Carrying([new TextContent(text)]) : null;
    }

    /// <summary>The log-probabilities of tokens whose text is no part of the answer, as a stop sequence's; null where there are none.</summary>
    internal ChatResponseUpdate? Rest() => _logProbabilities is null ? null : Carrying([]);

    /// <summary>The last update: why it ended, the usage, and the <see cref="Timings"/> as raw representation.</summary>
    internal ChatResponseUpdate End(GenerationEnd end)
    {
        ChatResponseUpdate update = Create([new UsageContent(end.Usage)]);
        update.FinishReason = end.FinishReason;
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
