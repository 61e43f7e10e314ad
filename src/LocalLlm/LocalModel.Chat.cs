using System.Runtime.CompilerServices;
using LocalLlm.Chat;
using LocalLlm.Chat.Replies;
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
    /// <remarks>
    /// <para>The text of control tokens in a message or in a tool's result, such as <c>&lt;|im_end|&gt;</c>, stays text: it never becomes those tokens.</para>
    /// <para>
    /// Functions are not run: the reply holds <see cref="FunctionCallContent"/>, and <see cref="ChatFinishReason.ToolCalls"/>. Its arguments
    /// are valid under the function's schema, as far as a grammar can keep that; where the answer was cut off within them, they are not,
    /// and <see cref="FunctionCallContent.Exception"/> says so. A JSON schema in <see cref="ChatOptions.ResponseFormat"/> is kept wholly or
    /// refused, and also told to the model. What the model thinks before its answer is <see cref="TextReasoningContent"/>; a
    /// <see cref="ReasoningOptions.Effort"/> of None switches it off where the template can.
    /// </para>
    /// </remarks>
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
        using ChatCall call = StartChat(ReadRequest(messages, options), cancellationToken);
        return call.ReadToEnd();
    }

    /// <inheritdoc cref="Chat(string, ChatOptions?, CancellationToken)"/>
    public Task<ChatReply> ChatAsync(string message, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        ChatAsync(UserMessage(message), options, cancellationToken);

    /// <inheritdoc cref="Chat(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)"/>
    public Task<ChatReply> ChatAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatRequest request = ReadRequest(messages, options);
        return AnswerAsync();

        async Task<ChatReply> AnswerAsync()
        {
            using ChatCall call = await Task.Run(() => StartChat(request, cancellationToken), cancellationToken).ConfigureAwait(false);
            return await call.ReadToEndAsync().ConfigureAwait(false);
        }
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
    /// Updates that carry reasoning, then text, and the log-probabilities of their tokens as raw representation where
    /// <see cref="LocalChatOptions.LogProbabilities"/> asks for them; then one with all function calls, where there are any. The last
    /// one carries the finish reason and the usage, and its raw representation is the call's <see cref="Timings"/>. Leaving the loop
    /// ends the answer.
    /// </returns>
    public IAsyncEnumerable<ChatResponseUpdate> ChatStreamingAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        return StreamChat(ReadRequest(messages, options), cancellationToken);
    }

    internal static ChatMessage[] UserMessage(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return [new ChatMessage(ChatRole.User, message)];
    }

    private ChatRequest ReadRequest(IEnumerable<ChatMessage> messages, ChatOptions? options) => ChatRequest.Of(messages, options, _chatTemplate, _vocabulary);

    private async IAsyncEnumerable<ChatResponseUpdate> StreamChat(ChatRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using ChatCall call = await Task.Run(() => StartChat(request, cancellationToken), cancellationToken).ConfigureAwait(false);
        await foreach (ChatResponseUpdate update in call.ReadAsync().ConfigureAwait(false))
        {
            yield return update;
        }
    }

    private ChatCall StartChat(ChatRequest request, CancellationToken cancellationToken)
    {
        _engine.ThrowIfEnded();
        ReplyFormat format = _chatTemplate.FormatOf(request.Prompt);
        ReplyMarkup markup = _replyMarkup.GetOrAdd(format, f => new ReplyMarkup(f, _vocabulary));
        ChatPrompt prompt = FitPrompt(request.Prompt, request.Generation, cancellationToken);
        GenerationOptions options = request.Generation with
        {
            Grammar = request.Generation.Grammar ?? request.GrammarFor(prompt.Text, format, markup.Tokens),
        };
        ReplyParser parser = format.CreateParser(request.SettingsFor(prompt.Text));
        GenerationCall call = Start(prompt.Tokens, options, cancellationToken, markup.Ids);
        return new ChatCall(call, new ChatUpdates(Info.Name, new ReplyReader(parser, request.ShowsReasoning)));
    }

    private ChatPrompt FitPrompt(TemplateInput input, GenerationOptions options, CancellationToken cancellationToken) =>
        MessageTrimming.Fit(input, options, _engine.ContextLength, i => Render(i, cancellationToken));
}
