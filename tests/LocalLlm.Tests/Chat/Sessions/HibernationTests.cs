using LocalLlm.Tests.Gguf;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat.Sessions;

public sealed class HibernationTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_sleeps_on_disk_and_the_next_call_brings_it_back(bool streams)
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 256, threads: 1);
        string file = _folder.File("sleeping");
        using ChatSession session = model.CreateSession(SameAnswer.Greedy());
        ChatReply first = session.Send("What is a GGUF file?");

        await session.HibernateAsync(file, Token);
        await session.HibernateAsync(cancellationToken: Token);
        // Another conversation takes all the cells there are.
        model.Generate(string.Concat(Enumerable.Repeat("word ", 120)), new GenerationOptions { MaxOutputTokens = 1 });
        long cached = streams
            ? (await session.SendStreamingAsync("What is a token?", cancellationToken: Token).ToChatResponseAsync(Token)).Usage!.CachedInputTokenCount!.Value
            : session.Send("What is a token?").Timings.CachedTokens;

        Assert.Equal(first.Timings.PromptTokens + first.Timings.GeneratedTokens - 1, cached);
        SameAnswer.AssertFresh(model, session.Messages, SameAnswer.Greedy());
        Assert.True(File.Exists(file));
        using ChatSession loaded = await model.LoadSessionAsync(file, cancellationToken: Token);
        Assert.Equal(2, loaded.Messages.Count);
    }

    [Fact]
    public async Task Its_cells_are_free_and_it_can_be_saved_and_changed_in_its_sleep()
    {
        using LocalModel model = TestModels.LoadGuide(threads: 1);
        using ChatSession session = model.CreateSession(SameAnswer.Greedy());
        session.Send("What is a GGUF file?");
        session.Send("What is a token?");
        await session.HibernateAsync(cancellationToken: Token);

        Assert.Equal(0, model.Chat(session.Messages.Take(1), SameAnswer.Greedy()).Timings.CachedTokens);
        session.Undo();
        using MemoryStream file = new();
        await session.SaveAsync(file, includeState: true, Token);
        Assert.Contains("\"state\"", System.Text.Encoding.UTF8.GetString(file.ToArray().AsSpan(0, (int)Math.Min(file.Length, 8000))), StringComparison.Ordinal);
        ChatReply next = session.Send("What is a template?");
        Assert.True(next.Timings.CachedTokens > model.CountTokens(session.Messages.Take(1)));
        SameAnswer.AssertFresh(model, session.Messages, SameAnswer.Greedy());
    }

    [Fact]
    public async Task A_file_without_a_name_is_gone_after_waking_and_after_disposal()
    {
        using LocalModel model = TestModels.LoadGuide(threads: 1);
        HashSet<string> before = Temporary();
        using ChatSession session = model.CreateSession(SameAnswer.Greedy());
        session.Send("What is a token?");

        await session.HibernateAsync(cancellationToken: Token);
        string folder = Assert.Single(Temporary().Except(before));
        Assert.True(OperatingSystem.IsWindows() || (File.GetUnixFileMode(folder) & (UnixFileMode.OtherRead | UnixFileMode.GroupRead)) == 0);
        await session.SendAsync("And?", cancellationToken: Token);
        Assert.False(Directory.Exists(folder));

        await session.HibernateAsync(cancellationToken: Token);
        folder = Assert.Single(Temporary().Except(before));
        session.Dispose();
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task A_file_that_is_gone_or_another_s_is_told_once()
    {
        using LocalModel model = TestModels.LoadGuide(threads: 1);
        using LocalModel other = LocalModel.Load(TinyModels.Write(_folder, TinyModels.Dense), TestModels.OnCpu with { ContextLength = 128 });
        using ChatSession session = model.CreateSession(SameAnswer.Greedy());
        session.Send("What is a token?");
        string file = _folder.File("sleeping");
        await session.HibernateAsync(file, Token);
        File.Delete(file);

        Assert.Throws<FileNotFoundException>(() => session.Send("And?"));
        Assert.Equal(2, session.Messages.Count);
        Assert.Equal(0, session.Send("And?").Timings.CachedTokens);

        await session.HibernateAsync(file, Token);
        using ChatSession foreign = other.CreateSession(SameAnswer.Greedy(4));
        foreign.Send("Hi");
        await foreign.SaveAsync(file, includeState: true, Token);
        Assert.Equal("model", Assert.Throws<SessionMismatchException>(() => session.Send("Go on.")).Field);
        SameAnswer.AssertFresh(model, [.. session.Messages], SameAnswer.Greedy());
        session.Send("Go on.");
        Assert.Equal(6, session.Messages.Count);
    }

    [Fact]
    public async Task A_session_that_can_t_be_written_stays_awake()
    {
        using LocalModel model = TestModels.LoadGuide(threads: 1);
        HashSet<string> before = Temporary();
        using ChatSession session = model.CreateSession(SameAnswer.Greedy());
        ChatReply first = session.Send("What is a token?");

        await Assert.ThrowsAnyAsync<IOException>(() => session.HibernateAsync(_folder.File("absent/session"), Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.HibernateAsync(cancellationToken: new CancellationToken(canceled: true)));

        Assert.Empty(Temporary().Except(before));
        Assert.True(session.Send("And?").Timings.CachedTokens >= first.Timings.PromptTokens);
    }

    // R35
    [Fact]
    public async Task Sessions_of_two_models_come_and_go()
    {
        // One thread each: what is measured is memory.
        LoadOptions small = TestModels.OnCpu with { ContextLength = 128, Threads = 1 };
        using LocalModel one = LocalModel.Load(TestModels.Guide, small);
        using LocalModel two = LocalModel.Load(TinyModels.Write(_folder, TinyModels.Recurrent), small);
        LocalChatOptions options = SameAnswer.Greedy(2);
        async Task Round()
        {
            foreach (LocalModel model in (LocalModel[])[one, two])
            {
                using ChatSession session = model.CreateSession(options);
                session.Send("Hi");
                await session.HibernateAsync(cancellationToken: Token);
                session.Send("Hi");
            }
        }

        for (int i = 0; i < 10; i++)
        {
            await Round();
        }

        long before = Environment.WorkingSet;
        for (int i = 0; i < 50; i++)
        {
            await Round();
        }

        Assert.True(Environment.WorkingSet - before < 32 << 20, $"{(Environment.WorkingSet - before) >> 20} MiB more");
    }

    [Fact]
    public async Task A_state_waits_for_room_and_can_be_cancelled()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 256, threads: 1);
        using ChatSession session = model.CreateSession(SameAnswer.Greedy());
        session.Send("What is a token?");
        await session.HibernateAsync(cancellationToken: Token);
        await using IAsyncEnumerator<string> running = model.GenerateStreamingAsync(
            "Once", new GenerationOptions { Temperature = 1, IgnoreEndOfGeneration = true, Overflow = OverflowPolicy.Shift }, Token).GetAsyncEnumerator(Token);
        Assert.True(await running.MoveNextAsync());
        using CancellationTokenSource cancel = new();

        Task<ChatReply> waiting = session.SendAsync("And?", cancellationToken: cancel.Token);
        Assert.NotSame(waiting, await Task.WhenAny(waiting, Task.Delay(200, Token)));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Task<ChatReply> next = session.SendAsync("And?", cancellationToken: Token);
        await running.DisposeAsync();

        Assert.True((await next).Timings.CachedTokens > 0);
    }

    private static HashSet<string> Temporary() => [.. Directory.GetDirectories(Path.GetTempPath(), "localllm-*")];
}
