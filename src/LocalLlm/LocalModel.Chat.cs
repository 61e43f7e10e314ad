using System.Runtime.CompilerServices;
using LocalLlm.Chat;
using LocalLlm.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm;

public sealed partial class LocalModel
{
    /// <summary>Answers one message.</summary>
    /// <param name="message">The user's message.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the answer.</param>
    /// <inheritdoc cref="Chat(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)" path="/exception"/>
    public ChatReply Chat(string message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Chat(UserMessage(message), options, cancellationToken);

    /// <summary>Answers a conversation, through the model's own chat template.</summary>
    /// <remarks>The text of control tokens in a message or in a tool's result, such as <c>&lt;|im_end|&gt;</c>, stays text: it never becomes those tokens.</remarks>
    /// <param name="messages">The conversation so far, oldest message first. It is not changed: add the reply with <c>history.AddMessages(reply)</c>.</param>
    /// <param name="options">How to answer; null for the defaults. <see cref="LocalChatOptions"/> has more of them.</param>
    /// <param name="cancellationToken">Ends the answer.</param>
    /// <exception cref="ChatTemplateException">The model's template can't be applied to these messages.</exception>
    /// <exception cref="ContextOverflowException">The conversation leaves no room for an answer.</exception>
    /// <exception cref="NotSupportedException">The options or messages ask for something that this version does not do.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed, or was while the call ran.</exception>
    /// <exception cref="GrammarException">The grammar is not valid, or no token of the model fits it.</exception>
    /// <exception cref="ArgumentException">An option's value is not valid, or the model has no such template.</exception>
    /// <exception cref="LocalLlmException">No token can be drawn, since all are banned or the model's logits are not numbers.</exception>
    public ChatReply Chat(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        GenerationOptions generation = ChatOptionsMapping.ToGenerationOptions(options, _vocabulary);
        TemplateInput input = _chatTemplate.Input(messages, options);
        using GenerationCall call = StartChat(input, generation, cancellationToken);
        return new ChatReply(call.ReadToEnd(), Info.Name);
    }

    /// <inheritdoc cref="Chat(string, ChatOptions?, CancellationToken)"/>
    public Task<ChatReply> ChatAsync(string message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        ChatAsync(UserMessage(message), options, cancellationToken);

    /// <inheritdoc cref="Chat(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)"/>
    public Task<ChatReply> ChatAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        GenerationOptions generation = ChatOptionsMapping.ToGenerationOptions(options, _vocabulary);
        TemplateInput input = _chatTemplate.Input(messages, options);
        return AnswerAsync();

        async Task<ChatReply> AnswerAsync() => new(
            await ReadAsync(() => StartChat(input, generation, cancellationToken), cancellationToken).ConfigureAwait(false), Info.Name);
    }

    /// <summary>Answers one message and hands out the answer as it comes.</summary>
    /// <param name="message">The user's message.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the answer.</param>
    /// <inheritdoc cref="ChatStreamingAsync(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)" path="/returns"/>
    public IAsyncEnumerable<ChatResponseUpdate> ChatStreamingAsync(string message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        ChatStreamingAsync(UserMessage(message), options, cancellationToken);

    /// <summary>Answers a conversation and hands out the answer as it comes.</summary>
    /// <inheritdoc cref="Chat(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)"/>
    /// <returns>
    /// Updates that carry text, and the log-probabilities of their tokens as raw representation where
    /// <see cref="LocalChatOptions.LogProbabilities"/> asks for them; the last one carries the finish reason and the usage,
    /// and its raw representation is the call's <see cref="Timings"/>. Leaving the loop ends the answer.
    /// </returns>
    public IAsyncEnumerable<ChatResponseUpdate> ChatStreamingAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        GenerationOptions generation = ChatOptionsMapping.ToGenerationOptions(options, _vocabulary);
        return StreamChat(_chatTemplate.Input(messages, options), generation, cancellationToken);
    }

    private static ChatMessage[] UserMessage(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return [new ChatMessage(ChatRole.User, message)];
    }

    private async IAsyncEnumerable<ChatResponseUpdate> StreamChat(
        TemplateInput input, GenerationOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using GenerationCall call = await Task.Run(() => StartChat(input, options, cancellationToken), cancellationToken).ConfigureAwait(false);
        ChatUpdates updates = new(Info.Name);
        while (await call.Stream.WaitToReadAsync().ConfigureAwait(false))
        {
            while (call.Stream.TryRead(out GeneratedPiece piece))
            {
                if (updates.Of(piece) is { } update)
                {
                    yield return update;
                }
            }
        }

        if (updates.Rest() is { } rest)
        {
            yield return rest;
        }

        yield return updates.End(call.Stream.End);
    }

    private int[] FitPrompt(TemplateInput input, GenerationOptions options, CancellationToken cancellationToken) =>
        MessageTrimming.Fit(input, options, _engine.ContextLength, i => Tokenize(i, cancellationToken));

    private GenerationCall StartChat(TemplateInput input, GenerationOptions options, CancellationToken cancellationToken)
    {
        _engine.ThrowIfEnded();
        return Start(FitPrompt(input, options, cancellationToken), options, cancellationToken);
    }
}
