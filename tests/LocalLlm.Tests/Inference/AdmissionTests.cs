using LocalLlm.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm.Tests.Inference;

public sealed class AdmissionTests
{
    private static readonly GenerationOptions Greedy = new() { Temperature = 0, IgnoreEndOfGeneration = true };

    [Fact]
    public async Task Short_calls_share_what_one_long_conversation_could_have()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 1024);
        int running = 0;
        int most = 0;
        Lock gate = new();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            bool isFirst = true;
            await foreach (string _ in model.GenerateStreamingAsync($"{i} times", Greedy with { MaxOutputTokens = 100 }, Token))
            {
                if (isFirst)
                {
                    isFirst = false;
                    lock (gate)
                    {
                        most = Math.Max(most, ++running);
                    }
                }
            }

            lock (gate)
            {
                running--;
            }
        }));

        Assert.InRange(most, 4, 8);
    }

    [Fact]
    public async Task Calls_whose_sum_is_more_than_the_cache_all_end_well()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 256);
        string[] prompts = [.. Enumerable.Range(0, 8).Select(i => string.Concat(Enumerable.Repeat($"word{i} ", 10 + (5 * i))))];

        GenerateReply[] replies = await Task.WhenAll(prompts.Select(p => model.GenerateAsync(p, Greedy with { MaxOutputTokens = 60 }, Token)));

        Assert.All(replies, r => Assert.Equal(60, r.TokenIds.Count));
        Assert.True(replies.Sum(r => r.Timings.PromptTokens + 60) > 2 * 256);
    }

    // A call without a limit is given the whole context; it must neither starve those behind it nor fail.
    [Fact]
    public void Calls_without_a_limit_come_one_after_the_other_in_their_order()
    {
        EngineModel model = new ModelLoader(new EngineOptions(TestModels.OnCpu with { ContextLength = 512, Sequences = 1 }, Threads: 1), NullLogger.Instance)
            .Load(TestModels.Guide, progress: null, Token);
        using Engine engine = model.Engine;
        int[] prompt = model.Vocabulary.Tokenize("Go on", addSpecial: true, parseSpecial: false);
        GenerationCall[] calls = [.. Enumerable.Range(0, 5).Select(_ => new GenerationCall(engine, Greedy.ToRequest(prompt, model.SamplingDefaults, 512, model.Vocabulary), Token))];

        GenerateReply[] replies = [.. calls.Select(c => c.ReadToEnd())];

        Assert.All(replies, r => Assert.Equal(512, r.Timings.PromptTokens + r.TokenIds.Count - 1));
        for (int i = 1; i < replies.Length; i++)
        {
            Assert.True(replies[i].Timings.Queued > replies[i - 1].Timings.Queued + (replies[i - 1].Timings.Decode / 2));
        }
    }

    // A long prompt that two read first is not in the way of a short one that has nothing to do with it.
    [Fact]
    public void A_call_that_waits_for_another_s_beginning_keeps_nobody_waiting()
    {
        EngineModel model = new ModelLoader(new EngineOptions(TestModels.OnCpu with { ContextLength = 2048, Sequences = 3 }, Threads: 1), NullLogger.Instance)
            .Load(TestModels.Guide, progress: null, Token);
        using Engine engine = model.Engine;
        int[] document = [.. Enumerable.Range(0, 1900).Select(i => 300 + (i % 2000))];
        GenerationCall Begin(int[] prompt) => new(engine, (Greedy with { MaxOutputTokens = 2 }).ToRequest(prompt, model.SamplingDefaults, 2048, model.Vocabulary), Token);
        GenerationCall[] calls = [Begin(document), Begin([.. document, 500]), Begin([400])];

        GenerateReply[] replies = [.. calls.Select(c => c.ReadToEnd())];

        Assert.True(replies[1].Timings.CachedTokens > 1800);
        Assert.True(replies[2].Timings.TimeToFirstToken < replies[0].Timings.TimeToFirstToken);
    }

    [Fact]
    public async Task What_can_never_fit_is_refused_while_others_go_on()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 128);
        Task<GenerateReply> running = model.GenerateAsync("Go on", Greedy, Token);

        ContextOverflowException error = await Assert.ThrowsAsync<ContextOverflowException>(
            () => model.GenerateAsync(string.Concat(Enumerable.Repeat("word ", 200)), Greedy, Token));

        Assert.Equal(128, error.ContextLength);
        Assert.NotEmpty((await running).TokenIds);
    }

    // More live and kept conversations than sequences, T13: ids go far beyond n_seq_max.
    [Fact]
    public async Task Three_hundred_conversations_one_after_the_other_and_forty_at_a_time()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 2048, sequences: 2);
        foreach (int[] group in Enumerable.Range(0, 300).Chunk(40))
        {
            GenerateReply[] replies = await Task.WhenAll(group.Select(i => model.GenerateAsync($"{i}", Greedy with { MaxOutputTokens = 2 }, Token)));
            Assert.All(replies, r => Assert.Equal(2, r.TokenIds.Count));
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
