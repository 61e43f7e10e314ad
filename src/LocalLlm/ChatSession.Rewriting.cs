using LocalLlm.Chat.Sessions;
using Microsoft.Extensions.AI;

namespace LocalLlm;

public sealed partial class ChatSession
{
    /// <summary>Gets another answer in place of the last one.</summary>
    /// <param name="options">How to answer: goes before the session's own options; null for those.</param>
    /// <param name="cancellationToken">Ends the answer, and the last one stays.</param>
    /// <exception cref="InvalidOperationException">There is nothing to answer, or the session is busy with another turn.</exception>
    /// <inheritdoc cref="Send(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)" path="/exception"/>
    public ChatReply Regenerate(ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Answer(AskAgain(), options, cancellationToken);

    /// <inheritdoc cref="Regenerate"/>
    public Task<ChatReply> RegenerateAsync(ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        AnswerAsync(AskAgain(), options, cancellationToken);

    /// <summary>Gets another answer in place of the last one and hands it out as it comes.</summary>
    /// <inheritdoc cref="Regenerate"/>
    /// <inheritdoc cref="SendStreamingAsync(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)" path="/returns"/>
    public IAsyncEnumerable<ChatResponseUpdate> RegenerateStreamingAsync(ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Stream(AskAgain(), options, cancellationToken);

    /// <summary>Says something else at a place of the history, drops what followed, and gets the answer.</summary>
    /// <param name="index">The place of a user's message in <see cref="Messages"/>.</param>
    /// <param name="message">The user's words in its place.</param>
    /// <param name="options">How to answer: goes before the session's own options; null for those.</param>
    /// <param name="cancellationToken">Ends the answer, and the history stays.</param>
    /// <inheritdoc cref="Edit(int, ChatMessage, ChatOptions?, CancellationToken)" path="/exception"/>
    public ChatReply Edit(int index, string message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Answer(AskInstead(index, LocalModel.UserMessage(message)[0]), options, cancellationToken);

    /// <summary>Replaces a message of the history, drops what followed, and gets the answer.</summary>
    /// <param name="index">The place in <see cref="Messages"/> of a message that the model answers: a user's, or a tool's results.</param>
    /// <param name="message">The message in its place, of the same role.</param>
    /// <param name="options">How to answer: goes before the session's own options; null for those.</param>
    /// <param name="cancellationToken">Ends the answer, and the history stays.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    /// <exception cref="ArgumentException">The message there is of another role, or the assistant's or the system's own.</exception>
    /// <inheritdoc cref="Send(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)" path="/exception"/>
    public ChatReply Edit(int index, ChatMessage message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Answer(AskInstead(index, message), options, cancellationToken);

    /// <inheritdoc cref="Edit(int, string, ChatOptions?, CancellationToken)"/>
    public Task<ChatReply> EditAsync(int index, string message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        AnswerAsync(AskInstead(index, LocalModel.UserMessage(message)[0]), options, cancellationToken);

    /// <inheritdoc cref="Edit(int, ChatMessage, ChatOptions?, CancellationToken)"/>
    public Task<ChatReply> EditAsync(int index, ChatMessage message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        AnswerAsync(AskInstead(index, message), options, cancellationToken);

    /// <summary>Says something else at a place of the history, drops what followed, and hands out the answer as it comes.</summary>
    /// <inheritdoc cref="Edit(int, string, ChatOptions?, CancellationToken)"/>
    /// <inheritdoc cref="SendStreamingAsync(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)" path="/returns"/>
    public IAsyncEnumerable<ChatResponseUpdate> EditStreamingAsync(int index, string message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Stream(AskInstead(index, LocalModel.UserMessage(message)[0]), options, cancellationToken);

    /// <summary>Replaces a message of the history, drops what followed, and hands out the answer as it comes.</summary>
    /// <inheritdoc cref="Edit(int, ChatMessage, ChatOptions?, CancellationToken)"/>
    /// <inheritdoc cref="SendStreamingAsync(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)" path="/returns"/>
    public IAsyncEnumerable<ChatResponseUpdate> EditStreamingAsync(int index, ChatMessage message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Stream(AskInstead(index, message), options, cancellationToken);

    private Turn AskAgain()
    {
        ChatMessage[] messages = _messages;
        int length = ConversationTurns.LengthToLastQuestion(messages);
        return length > 0 && messages[length - 1].Role != ChatRole.System
            ? new Turn(this, messages, messages[..length])
            : throw new InvalidOperationException("The history has no message that could be answered again.");
    }

    private Turn AskInstead(int index, ChatMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        ChatMessage[] messages = _messages;
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, messages.Length);
        ChatRole role = messages[index].Role;
        if (role == ChatRole.Assistant || role == ChatRole.System || message.Role != role)
        {
            throw new ArgumentException($"Message {index} is of the role {role}, the new one of {message.Role}: what the model answers is edited, by a message of the same role.", nameof(index));
        }

        return new Turn(this, messages, [.. messages[..index], .. Copy([message])]);
    }
}
