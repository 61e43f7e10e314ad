using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace LocalLlm;

public sealed partial class LocalModel
{
    /// <summary>Answers one message with a value of a type.</summary>
    /// <param name="message">The user's message.</param>
    /// <param name="type">The type's JSON form, from a source-generated context.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the answer.</param>
    /// <inheritdoc cref="Chat{T}(IEnumerable{ChatMessage}, JsonTypeInfo{T}, ChatOptions?, CancellationToken)" path="/exception"/>
    public ChatReply<T> Chat<T>(string message, JsonTypeInfo<T> type, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Chat(UserMessage(message), type, options, cancellationToken);

    /// <summary>Answers a conversation with a value of a type: the answer is JSON that is valid under the type's schema.</summary>
    /// <param name="messages">The conversation so far, oldest message first.</param>
    /// <param name="type">The type's JSON form, from a source-generated context.</param>
    /// <param name="options">How to answer; null for the defaults. A JSON schema of one's own in <see cref="ChatOptions.ResponseFormat"/> takes the place of the type's.</param>
    /// <param name="cancellationToken">Ends the answer.</param>
    /// <exception cref="NotSupportedException">The type's schema holds what no grammar can keep, or as for the other calls.</exception>
    /// <inheritdoc cref="Chat(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)" path="/exception"/>
    public ChatReply<T> Chat<T>(IEnumerable<ChatMessage> messages, JsonTypeInfo<T> type, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(type);
        return new ChatReply<T>(Chat(messages, WithSchema(type, options), cancellationToken), type);
    }

    /// <inheritdoc cref="Chat{T}(string, JsonTypeInfo{T}, ChatOptions?, CancellationToken)"/>
    public Task<ChatReply<T>> ChatAsync<T>(string message, JsonTypeInfo<T> type, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        ChatAsync(UserMessage(message), type, options, cancellationToken);

    /// <inheritdoc cref="Chat{T}(IEnumerable{ChatMessage}, JsonTypeInfo{T}, ChatOptions?, CancellationToken)"/>
    public Task<ChatReply<T>> ChatAsync<T>(IEnumerable<ChatMessage> messages, JsonTypeInfo<T> type, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(type);
        return AnswerAsync(ChatAsync(messages, WithSchema(type, options), cancellationToken));

        async Task<ChatReply<T>> AnswerAsync(Task<ChatReply> answer) => new(await answer.ConfigureAwait(false), type);
    }

    private static ChatOptions WithSchema<T>(JsonTypeInfo<T> type, ChatOptions? options)
    {
        ChatOptions asked = options?.Clone() ?? new ChatOptions();
        if (asked.ResponseFormat is not ChatResponseFormatJson { Schema: not null })
        {
            asked.ResponseFormat = ChatResponseFormat.ForJsonSchema<T>(type.Options);
        }

        return asked;
    }
}
