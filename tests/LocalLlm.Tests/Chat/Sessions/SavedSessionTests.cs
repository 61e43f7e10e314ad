using System.Text;
using System.Text.Json;
using LocalLlm.Tests.Gguf;
using LocalLlm.Tests.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat.Sessions;

public sealed class SavedSessionTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public static TheoryData<string> Architectures => new(TinyModels.All);

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // The answer of a loaded session is that of the one that was saved, and it reads only what is new.
    [Theory, MemberData(nameof(Architectures))]
    public async Task A_loaded_session_goes_on_where_it_was(string architecture)
    {
        string path = TinyModels.WriteLong(_folder, architecture);
        LocalChatOptions options = SameAnswer.Greedy(8);
        string file = _folder.File("session.json");
        ChatReply first;
        string[] expected;
        using (LocalModel model = Load(path))
        {
            using ChatSession session = model.CreateSession(options);
            // Not the first of its sequences, where it has several.
            model.Chat("Something else altogether", options);
            first = session.Send("One, two, three");
            await session.SaveAsync(file, includeState: true, Token);
            session.Send("and four");
            expected = [.. session.Messages.Select(m => m.Text)];
        }

        using LocalModel fresh = Load(path);
        using ChatSession loaded = await fresh.LoadSessionAsync(file, cancellationToken: Token);
        ChatReply second = loaded.Send("and four");

        Assert.Equal(expected.Take(3), loaded.Messages.Take(3).Select(m => m.Text));
        SameAnswer.AssertFresh(fresh, loaded.Messages, options);
        Assert.Equal(first.Timings.PromptTokens + first.Timings.GeneratedTokens - 1, second.Timings.CachedTokens);
        // A window and a state go back to what was saved with them.
        if (architecture is TinyModels.Window or TinyModels.Recurrent or TinyModels.Hybrid)
        {
            ChatSession again = await fresh.LoadSessionAsync(file, cancellationToken: Token);
            ChatReply other = again.Regenerate();
            Assert.InRange(other.Timings.CachedTokens, first.Timings.PromptTokens - 4, first.Timings.PromptTokens - 1);
            Assert.Equal(first.Text, other.Text);
        }
    }

    // R23: a template may show less of a past answer than the model wrote, as of its reasoning: what is before it is not computed again.
    [Theory]
    [InlineData(EngineModels.Guide)]
    [InlineData(TinyModels.Window)]
    [InlineData(TinyModels.Recurrent)]
    public async Task A_template_that_rewrites_past_answers_costs_only_them(string name)
    {
        string path = name == EngineModels.Guide ? TestModels.Guide : TinyModels.WriteLong(_folder, name);
        LocalChatOptions options = SameAnswer.Greedy();
        options.TemplateOptions = new TemplateOptions
        {
            Template = "{% for m in messages %}{{ m.role }}:\n{{ m.content[:8] if m.role == 'assistant' else m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant:\n{% endif %}",
        };
        using LocalModel model = Load(path);
        using ChatSession session = model.CreateSession(options);
        ChatReply first = session.Send("What is a GGUF file?");
        ChatReply second = session.Send("What is a token?");
        using MemoryStream file = new();
        await session.SaveAsync(file, includeState: true, Token);
        file.Position = 0;
        using LocalModel fresh = Load(path);
        using ChatSession loaded = await fresh.LoadSessionAsync(file, cancellationToken: Token);

        ChatReply third = loaded.Send("And what is a template?");

        SameAnswer.AssertFresh(model, session.Messages, options);
        SameAnswer.AssertFresh(fresh, loaded.Messages, options);
        Assert.InRange(second.Timings.CachedTokens, first.Timings.PromptTokens - 4, first.Timings.PromptTokens + 8);
        Assert.InRange(third.Timings.CachedTokens, second.Timings.PromptTokens - 4, second.Timings.PromptTokens + 8);
    }

    [Fact]
    public async Task A_running_call_and_other_conversations_are_not_disturbed()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 512, sequences: 2, threads: 1);
        LocalChatOptions options = SameAnswer.Greedy();
        options.Instructions = "You are an assistant who answers.";
        using ChatSession session = model.CreateSession(options);
        session.Send("What is a GGUF file?");
        string expected = model.Chat([new(ChatRole.User, "Tell me of tokens.")], Long(options)).Text;
        string actual = "";
        using MemoryStream file = new();

        await foreach (ChatResponseUpdate update in model.ChatStreamingAsync([new(ChatRole.User, "Tell me of tokens.")], Long(options), Token))
        {
            if (actual.Length == 0)
            {
                await session.SaveAsync(file, includeState: true, Token);
                file.Position = 0;
                using ChatSession loaded = await model.LoadSessionAsync(file, cancellationToken: Token);
                loaded.Send("What is a token?");
                SameAnswer.AssertFresh(model, loaded.Messages, options);
            }

            actual += update.Text;
        }

        Assert.Equal(expected, actual);
    }

    // R24
    [Fact]
    public async Task A_loaded_session_keeps_its_history_and_options()
    {
        using LocalModel model = TestModels.LoadGuide(threads: 1);
        ChatMessage[] history =
        [
            new(ChatRole.System, "Be brief.") { AuthorName = "me" },
            new(ChatRole.User, "Ünïcode 😀 \n\"quoted\""),
            new(ChatRole.Assistant, [new TextReasoningContent("Hm."), new FunctionCallContent("c1", "add", new Dictionary<string, object?> { ["n"] = 2, ["s"] = "x" })]),
            new(ChatRole.Tool, [new FunctionResultContent("c1", "3")]),
            new(ChatRole.Assistant, "3"),
        ];
        using ChatSession session = model.CreateSession(history, SavedOptionsTests.AllSet());

        using MemoryStream file = new();
        await session.SaveAsync(file, cancellationToken: Token);
        file.Position = 0;
        using ChatSession loaded = await model.LoadSessionAsync(file, cancellationToken: Token);

        Assert.Equal(session.Messages.Select(Written), loaded.Messages.Select(Written));
        SavedOptionsTests.AssertEqual(session.Options, loaded.Options);
        // Others can read it.
        using JsonDocument document = JsonDocument.Parse(file.ToArray());
        Assert.Equal(5, document.RootElement.GetProperty("messages").GetArrayLength());
        Assert.False(document.RootElement.TryGetProperty("state", out _));
        Assert.Equal(model.RenderPrompt(session.Messages), model.RenderPrompt(loaded.Messages));
    }

    // R24
    [Fact]
    public async Task Another_model_another_type_and_another_cache_are_refused_by_name()
    {
        byte[] saved;
        using (LocalModel model = TestModels.LoadGuide(threads: 1))
        {
            saved = await SaveAsync(model);
            Assert.Equal("nativeRelease", (await Refused(model, Changed(saved, "nativeRelease", "v0.1.0"))).Field);
            Assert.Equal("template", (await Refused(model, Changed(saved, "template", "00"))).Field);
            Assert.Equal("modelHash", (await Refused(model, Changed(saved, "modelHash", "00"))).Field);
            SessionMismatchException type = await Refused(model, Changed(saved, "quantization", "Q9"));
            Assert.Equal(("quantization", "Q9", model.Info.FileType), (type.Field, type.Expected, type.Actual));
            Assert.Contains("quantization was Q9", type.Message, StringComparison.Ordinal);
        }

        using (LocalModel other = LocalModel.Load(TestModels.Guide, TestModels.OnCpu with { ContextLength = 512, KvCacheType = KvCacheType.Q8_0, Threads = 1 }))
        {
            Assert.Equal("kvCacheType", (await Refused(other, saved)).Field);
        }

        using (LocalModel small = TestModels.LoadGuide(contextLength: 32, threads: 1))
        {
            Assert.Equal("contextLength", (await Refused(small, saved)).Field);
        }

        using LocalModel tiny = Load(TinyModels.WriteLong(_folder, TinyModels.Dense));
        Assert.Equal("model", (await Refused(tiny, saved)).Field);
        // Its words are anyone's.
        using ChatSession words = await tiny.LoadSessionAsync(new MemoryStream(saved), restoreState: false, Token);
        Assert.Equal(2, words.Messages.Count);
        Assert.NotEmpty(words.Send("And?", new ChatOptions { MaxOutputTokens = 4 }).Text);
    }

    [Fact]
    public async Task Every_damaged_or_cut_file_is_refused()
    {
        using LocalModel model = TestModels.LoadGuide(threads: 1);
        byte[] saved = await SaveAsync(model);
        Random random = new(1);
        for (int i = 0; i < 200; i++)
        {
            byte[] damaged = [.. saved];
            damaged[i % 2 == 0 ? random.Next(saved.Length) : random.Next(3000)] ^= (byte)(1 << random.Next(8));
            await Assert.ThrowsAnyAsync<LocalLlmException>(() => model.LoadSessionAsync(new MemoryStream(damaged), cancellationToken: Token));
        }

        for (int i = 0; i < 100; i++)
        {
            byte[] cut = saved[..(i < 5 ? saved.Length - 1 - i : random.Next(saved.Length))];
            await Assert.ThrowsAsync<SessionFormatException>(() => model.LoadSessionAsync(new MemoryStream(cut), cancellationToken: Token));
        }

        foreach (string text in (string[])["", "\n", "null", "[]", "{}", "{\"format\":\"localllm-session\"}", "{\"format\":\"localllm-session\",\"version\":1}", "\0\0\0", "GGUF"])
        {
            await Assert.ThrowsAsync<SessionFormatException>(() => model.LoadSessionAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), cancellationToken: Token));
        }

        Assert.Contains("version 2", (await Assert.ThrowsAsync<SessionFormatException>(
            () => model.LoadSessionAsync(new MemoryStream(Encoding.UTF8.GetBytes("{\"format\":\"localllm-session\",\"version\":2}")), cancellationToken: Token))).Message, StringComparison.Ordinal);
        Assert.NotEmpty(model.Chat("What is a token?", SameAnswer.Greedy()).Text);
    }

    [Fact]
    public async Task A_state_of_any_claimed_size_is_refused_before_memory_is_taken()
    {
        using LocalModel model = TestModels.LoadGuide(threads: 1);
        byte[] saved = await SaveAsync(model);

        byte[] huge = Changed(saved, "sequenceBytes", "4000000000000000000");

        await Assert.ThrowsAsync<SessionFormatException>(() => model.LoadSessionAsync(new MemoryStream(huge), cancellationToken: Token));
        // A stream that can't tell its length.
        await Assert.ThrowsAsync<NotEnoughMemoryException>(() => model.LoadSessionAsync(new System.IO.Compression.BrotliStream(
            Compressed(huge), System.IO.Compression.CompressionMode.Decompress), cancellationToken: Token));
    }

    [Fact]
    public async Task A_save_that_fails_leaves_the_old_file()
    {
        using LocalModel model = TestModels.LoadGuide(threads: 1);
        using ChatSession session = model.CreateSession(SameAnswer.Greedy());
        session.Send("What is a token?");
        string file = _folder.File("session.json");
        await session.SaveAsync(file, includeState: true, Token);
        byte[] before = await File.ReadAllBytesAsync(file, Token);
        using CancellationTokenSource cancel = new();
        cancel.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.SaveAsync(file, includeState: true, cancel.Token));
        await Assert.ThrowsAnyAsync<IOException>(() => session.SaveAsync(_folder.File("absent/session.json"), cancellationToken: Token));

        Assert.Equal(before, await File.ReadAllBytesAsync(file, Token));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(file)!));
    }

    private static string Written(ChatMessage message) => JsonSerializer.Serialize(message, AIJsonUtilities.DefaultOptions);

    private static LocalChatOptions Long(LocalChatOptions options)
    {
        LocalChatOptions copy = (LocalChatOptions)options.Clone();
        copy.MaxOutputTokens = 120;
        return copy;
    }

    private static async Task<byte[]> SaveAsync(LocalModel model)
    {
        using ChatSession session = model.CreateSession(SameAnswer.Greedy());
        session.Send("What is a GGUF file?");
        using MemoryStream file = new();
        await session.SaveAsync(file, includeState: true, Token);
        return file.ToArray();
    }

    private static Task<SessionMismatchException> Refused(LocalModel model, byte[] saved) =>
        Assert.ThrowsAsync<SessionMismatchException>(() => model.LoadSessionAsync(new MemoryStream(saved), cancellationToken: Token));

    // Another value of a field, in the first line.
    private static byte[] Changed(byte[] saved, string field, string value)
    {
        int end = Array.IndexOf(saved, (byte)'\n');
        string line = Encoding.UTF8.GetString(saved, 0, end);
        int start = line.IndexOf($"\"{field}\":", StringComparison.Ordinal) + field.Length + 3;
        int close = line.IndexOf(',', start);
        return [.. Encoding.UTF8.GetBytes(line[..start] + (line[start] == '"' ? $"\"{value}\"" : value) + (line[close - 1] == '}' ? "}" : "") + line[close..]), .. saved[end..]];
    }

    private static MemoryStream Compressed(byte[] bytes)
    {
        MemoryStream compressed = new();
        using (System.IO.Compression.BrotliStream writer = new(compressed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            writer.Write(bytes);
        }

        compressed.Position = 0;
        return compressed;
    }

    private static LocalModel Load(string path) => LocalModel.Load(path, TestModels.OnCpu with { ContextLength = 384, Sequences = 2, Threads = 1 });
}
