using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat.Sessions;

public sealed class ChatSessionTests : IDisposable
{
    private readonly LocalModel _model = TestModels.LoadGuide(contextLength: 512, sequences: 4, threads: 1);

    public void Dispose() => _model.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static LocalChatOptions Options
    {
        get
        {
            LocalChatOptions options = SameAnswer.Greedy();
            options.Instructions = "You are brief.";
            return options;
        }
    }

    [Fact]
    public void Each_turn_answers_as_a_fresh_conversation_and_reads_only_what_is_new()
    {
        using ChatSession session = _model.CreateSession(Options);
        int held = 0;
        foreach (string question in (string[])["What is a GGUF file?", "And what is a token?", "Thank you. How do I load a model?"])
        {
            ChatReply reply = session.Send(question);

            Assert.Equal(held, reply.Timings.CachedTokens);
            held = Held(reply);
        }

        SameAnswer.AssertFresh(_model, session.Messages, Options);
        Assert.Equal(6, session.Messages.Count);
    }

    [Fact]
    public async Task All_forms_of_a_turn_are_the_same()
    {
        using ChatSession one = _model.CreateSession(Options);
        using ChatSession two = _model.CreateSession(Options);
        using ChatSession three = _model.CreateSession(Options);

        one.Send("What is quantization?");
        await two.SendAsync(new ChatMessage(ChatRole.User, "What is quantization?"), cancellationToken: Token);
        await three.SendStreamingAsync([new ChatMessage(ChatRole.User, "What is quantization?")], cancellationToken: Token).ToChatResponseAsync(Token);

        Assert.Equal(Texts(one), Texts(two));
        Assert.Equal(Texts(one), Texts(three));
        Assert.IsType<TextContent>(Assert.Single(three.Messages[1].Contents));
    }

    [Fact]
    public async Task Regenerate_answers_the_same_question_and_reads_its_last_token_only()
    {
        using ChatSession session = _model.CreateSession(Options);
        session.Send("What is a GGUF file?");
        session.Send("What is a token?");
        ChatReply again = session.Regenerate();

        Assert.Equal(1, again.Timings.PromptTokens - again.Timings.CachedTokens);
        Assert.Equal(4, session.Messages.Count);
        SameAnswer.AssertFresh(_model, session.Messages, Options);

        string other = (await session.RegenerateAsync(new ChatOptions { MaxOutputTokens = 3 }, Token)).Text;
        Assert.Equal(other, session.Messages[3].Text);
        Assert.StartsWith(other, again.Text, StringComparison.Ordinal);
        await session.RegenerateStreamingAsync(cancellationToken: Token).ToChatResponseAsync(Token);
        Assert.Equal(again.Text, session.Messages[3].Text);
    }

    [Fact]
    public async Task Edit_replaces_a_past_message_and_what_followed()
    {
        using ChatSession session = _model.CreateSession(Options);
        session.Send("What is a GGUF file?");
        session.Send("What is a token?");
        int shared = _model.CountTokens(session.Messages.Take(2), NoPrompt());
        session.Send("Tell me of the cache.");

        ChatReply reply = await session.EditAsync(2, "What is a template?", cancellationToken: Token);

        Assert.Equal(["What is a GGUF file?", "What is a template?"], session.Messages.Where(m => m.Role == ChatRole.User).Select(m => m.Text));
        Assert.Equal(4, session.Messages.Count);
        SameAnswer.AssertFresh(_model, session.Messages, Options);
        Assert.True(reply.Timings.CachedTokens >= shared - 2, $"{reply.Timings.CachedTokens} of {shared} tokens were still there");
    }

    [Fact]
    public void Branches_go_on_by_themselves_from_the_same_cells()
    {
        using ChatSession session = _model.CreateSession(Options);
        ChatReply first = session.Send("What is a GGUF file?");
        int held = Held(first);
        using ChatSession branch = session.Branch();

        ChatReply left = session.Send("What is a token?");
        ChatReply right = branch.Send("What is a template?");
        ChatReply again = session.Send("Go on.");

        Assert.True(left.Timings.CachedTokens >= held && right.Timings.CachedTokens >= held, $"{left.Timings.CachedTokens} and {right.Timings.CachedTokens} of {held}");
        Assert.True(again.Timings.CachedTokens >= Held(left));
        Assert.Equal((6, 4), (session.Messages.Count, branch.Messages.Count));
        SameAnswer.AssertFresh(_model, session.Messages, Options);
        SameAnswer.AssertFresh(_model, branch.Messages, Options);
    }

    [Fact]
    public void Undo_takes_whole_turns_back_with_their_tools()
    {
        ChatMessage[] history =
        [
            new(ChatRole.System, "Be brief."),
            new(ChatRole.User, "One"), new(ChatRole.Assistant, "1"),
            new(ChatRole.User, "Two"), new(ChatRole.User, "and more"),
            new(ChatRole.Assistant, [new FunctionCallContent("c1", "add", new Dictionary<string, object?> { ["n"] = 2 })]),
            new(ChatRole.Tool, [new FunctionResultContent("c1", "3")]),
            new(ChatRole.Assistant, "3"),
            new(ChatRole.User, "Three"), new(ChatRole.Assistant, "3"),
        ];
        using ChatSession session = _model.CreateSession(history, Options);

        session.Undo(2);

        Assert.Equal(["Be brief.", "One", "1"], Texts(session));
        session.Undo(0);
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Undo(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Undo(-1));
        Assert.Equal(3, session.Messages.Count);
        session.Undo();
        Assert.Equal(["Be brief."], Texts(session));
        Assert.Throws<InvalidOperationException>(() => session.Regenerate());
    }

    // R34
    [Fact]
    public async Task A_stream_that_is_left_early_leaves_the_history_and_no_work()
    {
        using ChatSession session = _model.CreateSession(Options);
        session.Send("What is a GGUF file?");
        IReadOnlyList<string> before = Texts(session);

        await foreach (ChatResponseUpdate _ in session.SendStreamingAsync("Tell me of tokens.", new ChatOptions { MaxOutputTokens = 300 }, Token))
        {
            break;
        }

        Assert.Equal(before, Texts(session));
        ChatReply next = session.Send("What is a token?");
        SameAnswer.AssertFresh(_model, session.Messages, Options);
        Assert.True(next.Timings.CachedTokens > 0);
    }

    [Fact]
    public async Task A_reader_who_leaves_at_the_finish_reason_has_had_the_turn()
    {
        using ChatSession session = _model.CreateSession(Options);
        await foreach (ChatResponseUpdate update in session.SendStreamingAsync("What is a token?", cancellationToken: Token))
        {
            if (update.FinishReason is not null)
            {
                break;
            }
        }

        Assert.Equal(2, session.Messages.Count);
        Assert.NotEmpty(session.Messages[1].Text);
    }

    [Fact]
    public async Task A_cancelled_or_failed_turn_changes_nothing()
    {
        using ChatSession session = _model.CreateSession(Options);
        session.Send("What is a GGUF file?");
        IReadOnlyList<string> before = Texts(session);
        using CancellationTokenSource cancel = new();
        cancel.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.SendAsync("More.", cancellationToken: cancel.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => session.Regenerate(cancellationToken: cancel.Token));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Send("More.", new ChatOptions { TopP = 7 }));
        // R26
        Assert.Equal(512, Assert.Throws<ContextOverflowException>(() => session.Send(string.Concat(Enumerable.Repeat("word ", 600)))).ContextLength);

        Assert.Equal(before, Texts(session));
        session.Send("More.");
        Assert.Equal(4, session.Messages.Count);
    }

    [Fact]
    public async Task A_second_turn_at_the_same_time_is_refused()
    {
        using ChatSession session = _model.CreateSession(Options);
        await using (IAsyncEnumerator<ChatResponseUpdate> running = session.SendStreamingAsync("What is a token?", cancellationToken: Token).GetAsyncEnumerator(Token))
        {
            await running.MoveNextAsync();
            Assert.Contains("Branch", Assert.Throws<InvalidOperationException>(() => session.Send("And?")).Message, StringComparison.Ordinal);
            Assert.Throws<InvalidOperationException>(() => session.Undo());
            await Assert.ThrowsAsync<InvalidOperationException>(() => session.HibernateAsync(cancellationToken: Token));
            Assert.Empty(session.Messages);
        }

        Assert.Single(session.Send("And?").Messages);
    }

    [Fact]
    public async Task A_stream_is_one_turn()
    {
        using ChatSession session = _model.CreateSession(Options);
        IAsyncEnumerable<ChatResponseUpdate> stream = session.SendStreamingAsync("What is a token?", cancellationToken: Token);
        await stream.ToChatResponseAsync(Token);

        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.ToChatResponseAsync(Token));
        Assert.Equal(2, session.Messages.Count);
    }

    [Fact]
    public void What_a_call_sets_goes_before_the_session_s_options()
    {
        using ChatSession session = _model.CreateSession(new LocalChatOptions { Temperature = 0, MaxOutputTokens = 3, Instructions = "You are brief." });

        Assert.Equal(3, session.Send("What is a GGUF file?").Usage!.OutputTokenCount);
        Assert.Equal(5, session.Send("What is a GGUF file?", new ChatOptions { MaxOutputTokens = 5 }).Usage!.OutputTokenCount);
        Assert.Equal(3, session.Send("What is a GGUF file?", new ChatOptions()).Usage!.OutputTokenCount);
        session.Options.MaxOutputTokens = 9;
        Assert.Equal(3, session.Options.MaxOutputTokens);
    }

    [Fact]
    public void The_history_is_the_session_s_own()
    {
        ChatMessage mine = new(ChatRole.User, "What is a token?");
        using ChatSession session = _model.CreateSession(Options);
        session.Send(mine);

        mine.Contents.Clear();
        session.Messages[0].Contents.Clear();

        Assert.Equal("What is a token?", session.Messages[0].Text);
    }

    [Fact]
    public void Only_what_is_answered_can_be_edited()
    {
        using ChatSession session = _model.CreateSession([new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hi"), new(ChatRole.Assistant, "Hello")], Options);

        Assert.Throws<ArgumentException>(() => session.Edit(0, "Be long."));
        Assert.Throws<ArgumentException>(() => session.Edit(2, new ChatMessage(ChatRole.Assistant, "Hello!")));
        Assert.Throws<ArgumentException>(() => session.Edit(1, new ChatMessage(ChatRole.Assistant, "Hello!")));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Edit(3, "Hi"));
        Assert.Throws<ArgumentException>(() => session.Send([]));
        Assert.Equal(3, session.Messages.Count);
    }

    [Fact]
    public async Task A_disposed_session_takes_no_turns()
    {
        ChatSession session = _model.CreateSession(Options);
        await session.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => session.Send("Hi"));
        Assert.Throws<ObjectDisposedException>(session.Branch);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.SaveAsync(new MemoryStream(), cancellationToken: Token));
    }

    // All of a turn stays, but for the token with which a limit ended it, which was not decoded any more.
    private static int Held(ChatReply reply) =>
        reply.Timings.PromptTokens + reply.Timings.GeneratedTokens - (reply.FinishReason == ChatFinishReason.Length ? 1 : 0);

    private static string[] Texts(ChatSession session) => [.. session.Messages.Select(m => m.Text)];

    private static LocalChatOptions NoPrompt()
    {
        LocalChatOptions options = Options;
        options.TemplateOptions = new TemplateOptions { AddGenerationPrompt = false };
        return options;
    }
}
