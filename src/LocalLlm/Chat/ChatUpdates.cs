using LocalLlm.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>Makes the updates of one streamed answer: all carry the same ids.</summary>
internal sealed class ChatUpdates(string modelId)
{
    private readonly string _responseId = Guid.NewGuid().ToString("N");
    private readonly string _messageId = Guid.NewGuid().ToString("N");
    private readonly DateTimeOffset _createdAt = DateTimeOffset.UtcNow;

    internal ChatResponseUpdate Text(string text) => Create(new TextContent(text));

    /// <summary>The last update: why it ended, the usage, and the <see cref="Timings"/> as raw representation.</summary>
    internal ChatResponseUpdate End(GenerationEnd end)
    {
        ChatResponseUpdate update = Create(new UsageContent(end.Usage));
        update.FinishReason = end.FinishReason;
        update.RawRepresentation = end.Timings;
        return update;
    }

    private ChatResponseUpdate Create(AIContent content) => new(ChatRole.Assistant, [content])
    {
        ResponseId = _responseId,
        MessageId = _messageId,
        ModelId = modelId,
        CreatedAt = _createdAt,
    };
}
