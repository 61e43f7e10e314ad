using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat;

/// <summary>Which messages of a long chat the model sees, with each policy. What it sees is told by the tokens that it was given.</summary>
public sealed class OverflowPolicyTests : IDisposable
{
    private const int Context = 256;

    private readonly LocalModel _model = TestModels.LoadGuide(contextLength: Context, threads: 1);

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(OverflowPolicy.Throw)]
    [InlineData(OverflowPolicy.Shift)]
    public void Without_a_policy_a_long_chat_is_refused(OverflowPolicy policy)
    {
        ContextOverflowException thrown = Assert.Throws<ContextOverflowException>(() => _model.Chat(Long(12), Options(policy)));

        Assert.Equal((Context, _model.CountTokens(Long(12), Options(policy))), (thrown.ContextLength, thrown.PromptTokens));
    }

    [Theory]
    [InlineData(OverflowPolicy.DropOldest, 0)]
    [InlineData(OverflowPolicy.DropMiddle, 1)]
    public void As_few_turns_are_left_out_as_must_be(OverflowPolicy policy, int kept)
    {
        ChatMessage[] history = Long(12);

        int seen = _model.Chat(history, Options(policy)).Timings.PromptTokens;

        // The system message, the first turns of two messages that stay, and so many of the last ones as there is room for.
        int[] sizes = [.. Enumerable.Range(0, 12 - kept).Select(dropped => Count([.. history[..(1 + (2 * kept))], .. history[(1 + (2 * (kept + dropped)))..]]))];
        Assert.Equal(sizes.First(s => s <= Context - 20), seen);
    }

    [Fact]
    public void The_last_turn_alone_is_kept()
    {
        ChatMessage[] history = Long(12);

        Assert.Equal(Count([history[0], history[^1]]), _model.Chat(history, Options(OverflowPolicy.KeepLastTurn)).Timings.PromptTokens);
    }

    [Theory]
    [InlineData(OverflowPolicy.DropOldest)]
    [InlineData(OverflowPolicy.DropMiddle)]
    [InlineData(OverflowPolicy.KeepLastTurn)]
    public void A_chat_that_fits_is_whole(OverflowPolicy policy)
    {
        ChatMessage[] history = Long(3);

        Assert.Equal(Count(history), _model.Chat(history, Options(policy)).Timings.PromptTokens);
    }

    [Fact]
    public void The_room_of_an_answer_without_a_limit_is_a_quarter()
    {
        LocalChatOptions options = Options(OverflowPolicy.DropOldest);
        options.MaxOutputTokens = null;

        int seen = _model.Chat(Long(12), options).Timings.PromptTokens;
        options.MaxOutputTokens = 10_000;
        int less = _model.Chat(Long(12), options).Timings.PromptTokens;

        Assert.InRange(seen, (Context / 2) + 1, Context * 3 / 4);
        Assert.InRange(less, 1, Context / 2);
    }

    [Fact]
    public void Instructions_system_messages_and_tool_pairs_stay_together()
    {
        string words = string.Concat(Enumerable.Repeat("word ", 30));
        ChatMessage[] last =
        [
            new(ChatRole.User, "Last"),
            new(ChatRole.Assistant, [new FunctionCallContent("c2", "add", new Dictionary<string, object?> { ["n"] = 2 })]),
            new(ChatRole.Tool, [new FunctionResultContent("c2", "3")]),
        ];
        ChatMessage[] history =
        [
            new(ChatRole.Assistant, "Welcome."),
            new(ChatRole.User, words),
            new(ChatRole.Assistant, [new FunctionCallContent("c1", "add", new Dictionary<string, object?> { ["n"] = 2 })]),
            new(ChatRole.Tool, [new FunctionResultContent("c1", words)]),
            new(ChatRole.Assistant, words),
            new(ChatRole.System, "New rule."),
            new(ChatRole.User, words),
            new(ChatRole.User, words),
            new(ChatRole.Assistant, words),
            .. last,
        ];
        LocalChatOptions options = Options(OverflowPolicy.DropOldest);
        options.Instructions = "Be brief.";

        int seen = _model.Chat(history, options).Timings.PromptTokens;

        ChatMessage instructions = new(ChatRole.System, options.Instructions);
        int two = Count([instructions, .. history[5..]]);
        int one = Count([instructions, history[5], .. last]);
        Assert.Contains(seen, new[] { two, one });
        Assert.True(seen <= Context - 20 && (seen == two || two > Context - 20));
    }

    [Theory]
    [InlineData(OverflowPolicy.DropOldest)]
    [InlineData(OverflowPolicy.DropMiddle)]
    [InlineData(OverflowPolicy.KeepLastTurn)]
    public void A_last_turn_that_is_too_long_is_refused_with_both_numbers(OverflowPolicy policy)
    {
        ChatMessage[] history = [.. Long(3)[..^1], new(ChatRole.User, string.Concat(Enumerable.Repeat("word ", 400)))];

        ContextOverflowException thrown = Assert.Throws<ContextOverflowException>(() => _model.Chat(history, Options(policy)));

        Assert.Equal(Context, thrown.ContextLength);
        Assert.True(thrown.PromptTokens >= Context);
        Assert.Throws<ContextOverflowException>(() => _model.Chat([new ChatMessage(ChatRole.System, history[^1].Text)], Options(policy)));
    }

    [Fact]
    public async Task A_session_keeps_what_the_model_does_not_see()
    {
        using ChatSession session = _model.CreateSession(Long(12), Options(OverflowPolicy.DropOldest));

        session.Send("What is a token?");
        await session.SendStreamingAsync("And a template?", cancellationToken: TestContext.Current.CancellationToken).ToChatResponseAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Long(12).Length + 4, session.Messages.Count);
    }

    [Theory]
    [InlineData(OverflowPolicy.DropOldest)]
    [InlineData(OverflowPolicy.DropMiddle)]
    [InlineData(OverflowPolicy.KeepLastTurn)]
    public void A_text_has_no_messages_to_leave_out(OverflowPolicy policy)
    {
        Assert.Throws<ArgumentException>(() => _model.Generate("Once", new GenerationOptions { Overflow = policy }));
        Assert.ThrowsAny<ArgumentException>(() => _model.Chat("Hi", Options((OverflowPolicy)9)));
    }

    private int Count(ChatMessage[] messages) => _model.CountTokens(messages, Options(OverflowPolicy.Throw));

    private static LocalChatOptions Options(OverflowPolicy policy) => new() { Temperature = 0, MaxOutputTokens = 20, Overflow = policy };

    private static ChatMessage[] Long(int turns) =>
    [
        new(ChatRole.System, "You are brief."),
        .. Enumerable.Range(1, turns).SelectMany(i => (ChatMessage[])[new(ChatRole.User, $"Question {i}: what comes after {i} in a row?"), new(ChatRole.Assistant, $"After {i} comes {i + 1}.")]).SkipLast(1),
    ];
}
