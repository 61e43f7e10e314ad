using LocalLlm.Chat;
using Microsoft.Extensions.AI;

namespace LocalLlm;

/// <summary>A loaded model as <see cref="IChatClient"/>. It keeps nothing of one call for another, and does not own the model.</summary>
internal sealed class LocalChatClient(LocalModel model, ChatOptions? defaults) : IChatClient
{
    private readonly LocalChatOptions _defaults = LocalChatOptions.Copy(defaults);
    private readonly ChatClientMetadata _metadata = new("localllm", new Uri(model.Info.Path), model.Info.Name);

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        // Wrong arguments are told at the call, not by the task.
        return AnswerAsync(model.ChatAsync(messages, Merge(options), cancellationToken));

        static async Task<ChatResponse> AnswerAsync(Task<ChatReply> answer) => await answer.ConfigureAwait(false);
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        model.ChatStreamingAsync(messages, Merge(options), cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(model) ? model
            : serviceType.IsInstanceOfType(_metadata) ? _metadata
            : null;
    }

    public void Dispose()
    {
        // The model is its owner's.
    }

    // The raw options of a call come first, then the call's, then the client's.
    private LocalChatOptions Merge(ChatOptions? options)
    {
        ChatOptions? raw = (options?.RawRepresentationFactory ?? _defaults.RawRepresentationFactory)?.Invoke(this) as ChatOptions;
        return OptionDefaults.Under(OptionDefaults.Under(raw, LocalChatOptions.Copy(options)), _defaults);
    }
}
