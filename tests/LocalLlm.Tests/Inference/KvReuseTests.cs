using LocalLlm.Tests.Gguf;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Inference;

/// <summary>What is not computed again. That the text stays the same is shown in <see cref="SameTextTests"/>.</summary>
public sealed class KvReuseTests : IDisposable
{
    private static readonly GenerationOptions Greedy = new() { Temperature = 0, MaxOutputTokens = 8, IgnoreEndOfGeneration = true };

    private static readonly int[] Lengths = [1500, 400, 1200, 390, 30];
    private static readonly string[] Topics = ["cats and dogs and what they like to eat in the morning and later", "the weather", "numbers"];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_beginning_that_an_idle_sequence_holds_is_shared_and_both_stay()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 512);
        const string system = "<|im_start|>system\nYou are an assistant who knows the library well and answers briefly.<|im_end|>\n";
        int shared = model.Tokenize(system, addSpecial: true, parseSpecial: true).Length;
        string[] prompts = [.. Topics.Select(t => $"{system}<|im_start|>user\nTell me of {t}, and tell me more")];

        int[] cached = [.. prompts.Select(p => model.Generate(p, Greedy).Timings.CachedTokens)];
        int[] again = [.. prompts.Select(p => model.Generate(p, Greedy).Timings.CachedTokens)];

        Assert.Equal(0, cached[0]);
        Assert.All(cached[1..], c => Assert.InRange(c, shared, shared + 10));
        Assert.Equal(prompts.Select(p => model.Tokenize(p, addSpecial: true, parseSpecial: true).Length - 1), again);
    }

    [Fact]
    public async Task A_beginning_is_shared_with_calls_that_are_still_running()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 1024);
        string system = string.Concat(Enumerable.Repeat("All of them begin with the same long text. ", 20));
        int shared = model.Tokenize(system, addSpecial: true).Length;

        // Together they need three times the cache: it holds them because most of their cells are the same.
        GenerateReply[] replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            model.GenerateAsync($"{system} Number {i} goes on.", Greedy with { MaxOutputTokens = 40 }, TestContext.Current.CancellationToken)));

        Assert.Equal(7, replies.Count(r => r.Timings.CachedTokens >= shared - 2));
        Assert.Equal(1, replies.Count(r => r.Timings.CachedTokens == 0));
    }

    // The tokens of an answer are often not those that its text is split into: the next turn goes on from them all the same.
    [Fact]
    public void The_next_turn_goes_on_from_the_answer_s_own_tokens()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 1024);
        LocalChatOptions wild = new() { Temperature = 1.6f, TopK = 40, TopP = 1, MinP = 0, MaxOutputTokens = 24 };
        int unusual = 0;
        for (int seed = 0; seed < 300 && unusual < 3; seed++)
        {
            List<ChatMessage> history = [new(ChatRole.User, $"Question {seed}: what is a token?")];
            wild.Seed = seed;
            ChatReply first = model.Chat(history, wild);
            IReadOnlyList<int> tokens = ((GenerateReply)first.RawRepresentation!).TokenIds;
            if (first.Text.Contains('\uFFFD', StringComparison.Ordinal) || first.Text != first.Text.Trim() || tokens.SequenceEqual(model.Tokenize(first.Text)))
            {
                continue;
            }

            unusual++;
            history.AddMessages(first);
            history.Add(new ChatMessage(ChatRole.User, "Tell me more."));
            ChatReply second = model.Chat(history, new ChatOptions { Temperature = 0, MaxOutputTokens = 4 });

            // Where a limit ended the answer, its last token was not decoded any more.
            int held = first.Timings.PromptTokens + first.Timings.GeneratedTokens - (first.FinishReason == ChatFinishReason.Length ? 1 : 0);
            Assert.InRange(second.Timings.CachedTokens, held - 1, held);
        }

        Assert.Equal(3, unusual);
    }

    [Theory]
    [InlineData(TinyModels.Window)]
    [InlineData(TinyModels.Recurrent)]
    [InlineData(TinyModels.Hybrid)]
    public void A_window_and_a_state_go_back_to_where_they_were_saved(string architecture)
    {
        using LocalModel model = LocalModel.Load(TinyModels.Write(_folder, architecture), TestModels.OnCpu with { ContextLength = 128 });
        const string prompt = "Once upon a time there was a small model that had read a little.";
        Timings first = model.Generate(prompt, Greedy with { MaxOutputTokens = 30 }).Timings;

        Timings again = model.Generate(prompt, Greedy).Timings;

        Assert.Equal(0, first.CachedTokens);
        Assert.InRange(again.CachedTokens, first.PromptTokens - 4, first.PromptTokens - 1);
    }

    // llama.cpp says yes to cutting a window back that has moved on, and computes nonsense from then on (T1).
    [Fact]
    public void A_window_that_has_moved_on_is_not_cut()
    {
        string path = _folder.File("window.gguf");
        TinyModelBuilder plan = TinyModels.Plan(TinyModels.Window);
        plan.Set("context_length", 2048);
        plan.Write(path, seed: 1);
        using LocalModel model = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = 2048 });
        using BareModel bare = new(path, contextLength: 2048);
        Random random = new(1);
        int[] text = model.Tokenize(string.Concat(Enumerable.Range(0, 3000).Select(_ => (char)random.Next('a', 'z'))), addSpecial: true)[..1900];

        int[][] prompts = [.. Lengths.Select(l => text[..l])];
        IReadOnlyList<int>[] expected = [.. prompts.Select(p => model.Generate(p, Greedy with { Seed = 1 }).TokenIds)];

        // The window's cache has 768 cells: what was read long before is gone from it.
        foreach ((int[] prompt, IReadOnlyList<int> tokens) in prompts.Zip(expected))
        {
            GreedyText.AssertEqual(bare, prompt, tokens, model.Generate(prompt, Greedy).TokenIds);
        }
    }

    [Theory]
    [InlineData(TinyModels.Dense)]
    [InlineData(TinyModels.Window)]
    [InlineData(TinyModels.Recurrent)]
    [InlineData(TinyModels.Hybrid)]
    public void An_answer_that_became_history_is_not_read_again(string architecture)
    {
        using LocalModel model = LocalModel.Load(TinyModels.Write(_folder, architecture), TestModels.OnCpu with { ContextLength = 128 });
        int[] prompt = model.Tokenize("Once upon a time there was a small model.", addSpecial: true);
        GenerateReply first = model.Generate(prompt, Greedy);

        GenerateReply second = model.Generate([.. prompt, .. first.TokenIds, .. model.Tokenize(" And then")], Greedy);

        Assert.Equal(prompt.Length + first.TokenIds.Count - 1, second.Timings.CachedTokens);
    }

    [Fact]
    public void A_seeded_call_takes_nothing_from_the_cache()
    {
        using LocalModel model = TestModels.LoadGuide();
        model.Generate("Once upon a time", Greedy);

        Assert.Equal(0, model.Generate("Once upon a time", Greedy with { Seed = 3 }).Timings.CachedTokens);
    }
}
