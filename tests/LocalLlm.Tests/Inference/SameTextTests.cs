using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Inference;

/// <summary>The text of a call is its own, whatever ran before it or beside it (but for ties between logits, T15).</summary>
public sealed class SameTextTests : IDisposable
{
    private static readonly GenerationOptions Greedy = new() { Temperature = 0, MaxOutputTokens = 16 };

    private static readonly GenerationOptions Endless = new() { Temperature = 0, IgnoreEndOfGeneration = true, Overflow = OverflowPolicy.Shift };

    // With a seed nothing is taken from the KV cache.
    private static readonly GenerationOptions Anew = Greedy with { Seed = 1 };

    private static readonly string[] Prompts =
    [
        "You are brief and you answer in one word. What is a token?",
        "You are brief and you answer in one word. What is a layer?",
        "You are brief and you answer in one word. What is a layer? And what is a sampler, and who made it?",
        "You are brief",
        "Once upon a time there was a small model that had read a little of everything.",
        "1, 2, 3, 4, 5, 6,",
        "The capital of France is",
        "a",
        "Quantization makes a model smaller. Tell me how much smaller it makes this one, and why that is.",
    ];

    private readonly TestFolder _folder = new();

    public static TheoryData<string> Models => new(EngineModels.All);

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Models))]
    public async Task Whatever_runs_beside_it_or_ran_before(string name)
    {
        using Expected expected = new(name, _folder);
        LocalModel model = expected.Model;

        // Together: more than there is room for, so some wait, some share a beginning, and what is idle is evicted.
        expected.Check(await Task.WhenAll(Prompts.Select(p => model.GenerateAsync(p, Greedy, Token))));
        // One by one, each after others; and again, going on from what it left.
        expected.Check([.. Prompts.Select(p => model.Generate(p, Greedy))]);
        foreach (string prompt in Prompts)
        {
            expected.Check(prompt, model.Generate(prompt, Greedy));
            expected.Check(prompt, model.Generate(prompt, Greedy));
        }
    }

    [Theory, MemberData(nameof(Models))]
    public async Task Whatever_is_cancelled_beside_it(string name)
    {
        using Expected expected = new(name, _folder);
        LocalModel model = expected.Model;
        using CancellationTokenSource cancelled = new();
        Task first = Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (string _ in model.GenerateStreamingAsync(Prompts[0], Endless, cancelled.Token))
            {
                await cancelled.CancelAsync();
            }
        });

        GenerateReply[] others = await Task.WhenAll(Prompts[1..4].Select(p => model.GenerateAsync(p, Greedy, Token)));
        await first;

        foreach ((string prompt, GenerateReply reply) in Prompts[1..4].Zip(others))
        {
            expected.Check(prompt, reply);
        }

        expected.Check(Prompts[0], model.Generate(Prompts[0], Greedy));
    }

    // A state moves in the course of a step, also that of a sequence which is not in it.
    [Theory, MemberData(nameof(Models))]
    public async Task After_a_step_that_was_given_up(string name)
    {
        using Expected expected = new(name, _folder);
        LocalModel model = expected.Model;
        for (int round = 0; round < 3; round++)
        {
            using CancellationTokenSource cancelled = new();
            Task[] endless = [.. new[] { Prompts[4], Prompts[6] }.Select(p => Assert.ThrowsAnyAsync<OperationCanceledException>(() => model.GenerateAsync(p, Endless, cancelled.Token)))];
            // One ends beside them, and stays idle when all of the next step is cancelled.
            expected.Check(Prompts[8], await model.GenerateAsync(Prompts[8], Greedy, Token));
            await cancelled.CancelAsync();
            await Task.WhenAll(endless);

            expected.Check(Prompts[8], model.Generate(Prompts[8], Greedy));
            expected.Check(Prompts[4], model.Generate(Prompts[4], Greedy));
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A model, and what it says to each prompt alone and read anew.</summary>
    private sealed class Expected : IDisposable
    {
        private const int ContextLength = 128;

        private readonly BareModel _bare;
        private readonly float _tie;
        private readonly Dictionary<string, IReadOnlyList<int>> _alone;

        internal Expected(string name, TestFolder folder)
        {
            string path = EngineModels.Path(name, folder);
            Model = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = ContextLength, Sequences = 4 });
            _bare = new BareModel(path, ContextLength);
            _tie = EngineModels.Tie(name);
            _alone = Prompts.ToDictionary(p => p, p => Model.Generate(p, Anew).TokenIds);
        }

        internal LocalModel Model { get; }

        public void Dispose()
        {
            Model.Dispose();
            _bare.Dispose();
        }

        internal void Check(GenerateReply[] replies)
        {
            foreach ((string prompt, GenerateReply reply) in Prompts.Zip(replies))
            {
                Check(prompt, reply);
            }
        }

        internal void Check(string prompt, GenerateReply reply) =>
            GreedyText.AssertEqual(_bare, Model.Tokenize(prompt, addSpecial: true, parseSpecial: true), _alone[prompt], reply.TokenIds, _tie);
    }
}
