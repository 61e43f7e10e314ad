using System.Runtime.CompilerServices;
using LocalLlm.Chat;
using LocalLlm.Chat.Sessions;
using Microsoft.Extensions.AI;

namespace LocalLlm;

/// <summary>A conversation with a model that keeps its own history.</summary>
/// <remarks>
/// The history is the one truth: the KV cache follows it, and each turn computes only what the cache does not hold. A turn
/// changes the history when it succeeds, and not where it fails, is cancelled or is left early. Turns come one after the
/// other: a second call while one runs throws <see cref="InvalidOperationException"/>; for several lines of one conversation
/// use <see cref="Branch"/>. With <see cref="ChatOptions.Seed"/> every turn is computed from its beginning, as in any call.
/// </remarks>
public sealed partial class ChatSession : IDisposable, IAsyncDisposable
{
    private readonly LocalModel _model;
    private readonly LocalChatOptions _options;
    private volatile ChatMessage[] _messages;
    private volatile LocalChatOptions _lastOptions;
    private volatile bool _isDisposed;
    private int _isBusy;

    internal ChatSession(LocalModel model, LocalChatOptions options, ChatMessage[] messages) =>
        (_model, _options, _lastOptions, _messages) = (model, options, options, messages);

    /// <summary>The history, oldest message first: a copy.</summary>
    public IReadOnlyList<ChatMessage> Messages => Copy(_messages);

    /// <summary>The defaults of each turn: a copy. What the options of a call set goes before them.</summary>
    public LocalChatOptions Options => LocalChatOptions.Copy(_options);

    /// <summary>Says something and gets the answer.</summary>
    /// <param name="message">The user's message.</param>
    /// <param name="options">How to answer: goes before the session's own options; null for those.</param>
    /// <param name="cancellationToken">Ends the answer.</param>
    /// <inheritdoc cref="Send(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)" path="/exception"/>
    public ChatReply Send(string message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Answer(Ask(LocalModel.UserMessage(message)), options, cancellationToken);

    /// <summary>Sends a message and gets the answer.</summary>
    /// <param name="message">The message.</param>
    /// <param name="options">How to answer: goes before the session's own options; null for those.</param>
    /// <param name="cancellationToken">Ends the answer.</param>
    /// <inheritdoc cref="Send(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)" path="/exception"/>
    public ChatReply Send(ChatMessage message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Answer(Ask([message]), options, cancellationToken);

    /// <summary>Sends messages, such as the results of tools, and gets the answer.</summary>
    /// <param name="messages">The messages, at least one.</param>
    /// <param name="options">How to answer: goes before the session's own options; null for those.</param>
    /// <param name="cancellationToken">Ends the answer.</param>
    /// <exception cref="InvalidOperationException">The session is busy with another turn.</exception>
    /// <exception cref="SessionFormatException">The session was hibernated, and its file is damaged. The next call does without it.</exception>
    /// <exception cref="SessionMismatchException">The session was hibernated, and its file was replaced by another's. The next call does without it.</exception>
    /// <exception cref="NotEnoughMemoryException">The session was hibernated, and there is no memory to read its state into. The next call tries again.</exception>
    /// <exception cref="IOException">The session was hibernated, and its file can't be read. The next call does without it.</exception>
    /// <inheritdoc cref="LocalModel.Chat(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)" path="/exception"/>
    public ChatReply Send(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Answer(Ask(messages), options, cancellationToken);

    /// <inheritdoc cref="Send(string, ChatOptions?, CancellationToken)"/>
    public Task<ChatReply> SendAsync(string message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        AnswerAsync(Ask(LocalModel.UserMessage(message)), options, cancellationToken);

    /// <inheritdoc cref="Send(ChatMessage, ChatOptions?, CancellationToken)"/>
    public Task<ChatReply> SendAsync(ChatMessage message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        AnswerAsync(Ask([message]), options, cancellationToken);

    /// <inheritdoc cref="Send(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)"/>
    public Task<ChatReply> SendAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        AnswerAsync(Ask(messages), options, cancellationToken);

    /// <summary>Says something and hands out the answer as it comes.</summary>
    /// <inheritdoc cref="Send(string, ChatOptions?, CancellationToken)"/>
    /// <inheritdoc cref="SendStreamingAsync(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)" path="/returns"/>
    public IAsyncEnumerable<ChatResponseUpdate> SendStreamingAsync(string message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Stream(Ask(LocalModel.UserMessage(message)), options, cancellationToken);

    /// <summary>Sends a message and hands out the answer as it comes.</summary>
    /// <inheritdoc cref="Send(ChatMessage, ChatOptions?, CancellationToken)"/>
    /// <inheritdoc cref="SendStreamingAsync(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)" path="/returns"/>
    public IAsyncEnumerable<ChatResponseUpdate> SendStreamingAsync(ChatMessage message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Stream(Ask([message]), options, cancellationToken);

    /// <summary>Sends messages, such as the results of tools, and hands out the answer as it comes.</summary>
    /// <inheritdoc cref="Send(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)"/>
    /// <returns>
    /// Updates as those of <see cref="LocalModel.ChatStreamingAsync(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)"/>. The
    /// turn begins with the first one that is asked for, and is in the history once the last one, with its finish reason, is
    /// there. Leaving the loop before ends the answer and leaves the history as it was.
    /// </returns>
    public IAsyncEnumerable<ChatResponseUpdate> SendStreamingAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Stream(Ask(messages), options, cancellationToken);

    /// <summary>A new session with the same history and options. It shares what the KV cache holds of them, until they part.</summary>
    /// <exception cref="ObjectDisposedException">The session is disposed.</exception>
    public ChatSession Branch()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return new ChatSession(_model, LocalChatOptions.Copy(_options), Copy(_messages)) { _lastOptions = _lastOptions };
    }

    /// <summary>Takes the last turns back. A turn is a user's message with all that follows it, the calls of tools and their results too.</summary>
    /// <param name="turns">How many, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The history has not so many.</exception>
    /// <exception cref="InvalidOperationException">The session is busy with a turn.</exception>
    /// <exception cref="ObjectDisposedException">The session is disposed.</exception>
    public void Undo(int turns = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(turns);
        using Turn turn = new Turn(this, _messages, []).Begin();
        if (turns > 0)
        {
            int start = ConversationTurns.StartOfLast(_messages, turns)
                ?? throw new ArgumentOutOfRangeException(nameof(turns), turns, "The history has not so many turns.");
            _messages = _messages[..start];
        }
    }

    /// <summary>Ends the session; the model stays. A turn that is running goes on for its reader, but is not entered into the history. A file that it was hibernated to without a name is deleted.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        Interlocked.Exchange(ref _hibernation, null)?.Delete();
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Copies messages, which can be changed, with their lists of contents.</summary>
    internal static ChatMessage[] Copy(IEnumerable<ChatMessage> messages) => [.. messages.Select(m =>
    {
        ArgumentNullException.ThrowIfNull(m, nameof(messages));
        ChatMessage copy = m.Clone();
        copy.Contents = [.. m.Contents];
        return copy;
    })];

    private Turn Ask(IEnumerable<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ChatMessage[] sent = Copy(messages);
        ChatMessage[] before = _messages;
        return sent.Length > 0 ? new Turn(this, before, [.. before, .. sent]) : throw new ArgumentException("There is no message to send.", nameof(messages));
    }

    private ChatReply Answer(Turn turn, ChatOptions? options, CancellationToken cancellationToken)
    {
        LocalChatOptions merged = OptionDefaults.Under(options, _options);
        using Turn running = turn.Begin();
        WakeAsync(isAsync: false, cancellationToken).GetAwaiter().GetResult();
        ChatReply reply = _model.Chat(turn.Asked, merged, cancellationToken);
        turn.Commit(reply, merged);
        return reply;
    }

    private async Task<ChatReply> AnswerAsync(Turn turn, ChatOptions? options, CancellationToken cancellationToken)
    {
        LocalChatOptions merged = OptionDefaults.Under(options, _options);
        using Turn running = turn.Begin();
        await WakeAsync(isAsync: true, cancellationToken).ConfigureAwait(false);
        ChatReply reply = await _model.ChatAsync(turn.Asked, merged, cancellationToken).ConfigureAwait(false);
        turn.Commit(reply, merged);
        return reply;
    }

    private IAsyncEnumerable<ChatResponseUpdate> Stream(Turn turn, ChatOptions? options, CancellationToken cancellationToken)
    {
        LocalChatOptions merged = OptionDefaults.Under(options, _options);
        return StreamAsync(turn, merged, _model.ChatStreamingAsync(turn.Asked, merged, cancellationToken), cancellationToken);
    }

    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(
        Turn turn, LocalChatOptions options, IAsyncEnumerable<ChatResponseUpdate> answer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using Turn running = turn.Begin();
        await WakeAsync(isAsync: true, cancellationToken).ConfigureAwait(false);
        List<ChatResponseUpdate> updates = [];
        await foreach (ChatResponseUpdate update in answer.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            updates.Add(update);
            if (update.FinishReason is not null)
            {
                // Before it is handed out: many readers leave the loop here.
                turn.Commit(updates.ToChatResponse(), options);
            }

            yield return update;
        }
    }
}
