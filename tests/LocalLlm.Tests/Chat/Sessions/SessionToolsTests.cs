using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat.Sessions;

public sealed class SessionToolsTests : IDisposable
{
    private readonly LocalModel _model = TestModels.LoadGuide(contextLength: 1024, threads: 1);

    public void Dispose() => _model.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_and_its_result_are_one_turn_that_is_saved_and_taken_back_whole()
    {
        LocalChatOptions options = SameAnswer.Greedy(200);
        options.Tools = [AIFunctionFactory.Create((int layers) => layers * 2, "double_layers", "Doubles the number of layers.")];
        LocalChatOptions forced = new() { ToolMode = ChatToolMode.RequireAny, AllowMultipleToolCalls = false };
        using ChatSession session = _model.CreateSession(options);
        session.Send("What is a token?", new ChatOptions { ToolMode = ChatToolMode.None, MaxOutputTokens = 8 });

        ChatReply call = session.Send("Double the layers.", forced);
        FunctionCallContent asked = Assert.Single(call.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>());
        ChatMessage result = new(ChatRole.Tool, [new FunctionResultContent(asked.CallId, "64")]);
        await session.HibernateAsync(cancellationToken: Token);
        ChatResponse answer = await session.SendStreamingAsync([result], new ChatOptions { MaxOutputTokens = 8 }, Token).ToChatResponseAsync(Token);

        Assert.Equal([ChatRole.User, ChatRole.Assistant, ChatRole.User, ChatRole.Assistant, ChatRole.Tool, ChatRole.Assistant], session.Messages.Select(m => m.Role));
        Assert.True(answer.Usage!.CachedInputTokenCount >= call.Timings.PromptTokens - 4, $"{answer.Usage.CachedInputTokenCount} of {call.Timings.PromptTokens}");

        using MemoryStream file = new();
        await session.SaveAsync(file, includeState: true, Token);
        file.Position = 0;
        using ChatSession loaded = await _model.LoadSessionAsync(file, cancellationToken: Token);
        Assert.Null(loaded.Options.Tools);
        Assert.Equal(asked.CallId, loaded.Messages[3].Contents.OfType<FunctionCallContent>().Single().CallId);
        Assert.Equal(
            _model.RenderPrompt(session.Messages, options),
            _model.RenderPrompt(loaded.Messages, options));

        session.Undo();
        Assert.Equal(2, session.Messages.Count);
    }
}
