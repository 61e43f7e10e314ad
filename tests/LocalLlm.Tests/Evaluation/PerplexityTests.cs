using LocalLlm.Inference;
using LocalLlm.Tests.Gguf;
using LocalLlm.Tests.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm.Tests.Evaluation;

public sealed class PerplexityTests : IDisposable
{
    private const double OnePerMille = 0.001;
    private static readonly EvaluationOptions OnCpu = new() { Placement = PlacementStrategy.CpuOnly, Threads = 1 };
    private static readonly string Text = File.ReadAllText(RepositoryFolder.File("README.md"));

    private static readonly Lazy<Vocabulary> Guide = new(() => new Vocabulary(BareWeights.LoadVocabulary(TestModels.Guide)));

    private readonly TestFolder _folder = new();

    /// <summary>Model, length of a chunk, and of the text in characters.</summary>
    public static TheoryData<string, int, int> Cases => new(
        Requirement.RunsAll ? ("smollm2", 512, 10_000) : ("smollm2", 256, 3000),
        ("guide", 512, 9000),
        ("guide", 1000, 9000),
        ("guide with a begin token", 101, 3000),
        (TinyModels.Dense, 64, 3000),
        (TinyModels.Window, 256, 3000),
        (TinyModels.Recurrent, 128, 3000),
        (TinyModels.Hybrid, 128, 3000));

    public void Dispose() => _folder.Dispose();

    /// <summary>The guide has no begin token; the tiny model of a window is of the SentencePiece kind and has one.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public async Task It_is_what_llama_perplexity_says(string model, int contextLength, int characters)
    {
        string text = LlamaTool.ReadSource("docs/multi-gpu.md")[..characters];
        string path = Model(model);
        (double perplexity, double standardError, int chunks) = await LlamaPerplexity.MeasureAsync(path, text, contextLength);

        PerplexityResult result = await Perplexity.EvaluateAsync(path, text, OnCpu with { ContextLength = contextLength }, cancellationToken: TestContext.Current.CancellationToken);

        AssertClose(perplexity, result.Perplexity);
        AssertClose(standardError, result.StandardError);
        Assert.Equal(chunks, result.Chunks);
        Assert.Equal(chunks, result.Tokens / contextLength);
        Assert.Equal(chunks * (contextLength - (contextLength / 2) - 1), result.ScoredTokens);
    }

    // Attention adds up in another order: the logits, and so the perplexity, are not the same to the last digit.
    [Theory]
    [InlineData("guide", 512)]
    [InlineData(TinyModels.Window, 200)]
    [InlineData(TinyModels.Recurrent, 200)]
    public async Task In_small_pieces_it_is_the_same(string model, int contextLength)
    {
        string path = Model(model);
        EvaluationOptions options = OnCpu with { ContextLength = contextLength };
        string text = Text[..4500];

        PerplexityResult whole = await Perplexity.EvaluateAsync(path, text, options, cancellationToken: TestContext.Current.CancellationToken);
        PerplexityResult pieces = await Perplexity.EvaluateAsync(path, text, options with { MicroBatch = 48 }, cancellationToken: TestContext.Current.CancellationToken);

        AssertClose(whole.Perplexity, pieces.Perplexity, 5 * OnePerMille);
        Assert.Equal(whole.ScoredTokens, pieces.ScoredTokens);
    }

    [Fact]
    public void The_logits_that_it_holds_are_planned()
    {
        EngineOptions options = (OnCpu with { ContextLength = 1024 }).ForEngine();

        using ReadyModel model = new ModelLoader(options, NullLogger.Instance).LoadReady(TestModels.Guide, progress: null, TestContext.Current.CancellationToken);

        Assert.Equal(512, model.Plan.MostOutputs);
        MemoryLine output = Assert.Single(model.Memory.Lines, line => line.Use == MemoryUse.Output);
        Assert.Equal(512L * model.Model.Vocabulary.Count * sizeof(float), output.PlannedBytes);
    }

    [Fact]
    public async Task A_text_of_less_than_two_chunks_is_refused_with_both_numbers()
    {
        string shorter = Text[..2000];
        int tokens = Tokens(shorter);

        TextTooShortException error = await Assert.ThrowsAsync<TextTooShortException>(() =>
            Perplexity.EvaluateAsync(TestModels.Guide, shorter, OnCpu with { ContextLength = tokens }, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(tokens, error.Tokens);
        Assert.Equal(2 * tokens, error.NeededTokens);
        Assert.Contains($"{error.NeededTokens} tokens", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await Assert.ThrowsAsync<TextTooShortException>(() =>
            Perplexity.EvaluateAsync(TestModels.Guide, "", OnCpu, cancellationToken: TestContext.Current.CancellationToken))).Tokens);
    }

    [Fact]
    public async Task Two_chunks_of_three_tokens_are_enough()
    {
        string text = Text[..Enumerable.Range(1, Text.Length).First(length => Tokens(Text[..length]) == 6)];

        PerplexityResult result = await Perplexity.EvaluateAsync(TestModels.Guide, text, OnCpu with { ContextLength = 3 }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((6, 2, 2), (result.Tokens, result.ScoredTokens, result.Chunks));
        Assert.True(double.IsFinite(result.Perplexity) && double.IsFinite(result.StandardError));
    }

    [Fact]
    public async Task An_embedding_model_is_refused()
    {
        ModelLoadException error = await Assert.ThrowsAsync<ModelLoadException>(() =>
            Perplexity.EvaluateAsync(TestModels.MiniLm, Text, OnCpu, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains("can't generate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_that_give_no_numbers_are_an_error()
    {
        byte[] model = await File.ReadAllBytesAsync(TestModels.Guide, TestContext.Current.CancellationToken);
        using (GgufFile gguf = GgufFile.Open(TestModels.Guide))
        {
            BitConverter.TryWriteBytes(model.AsSpan((int)gguf.Tensors.First(tensor => tensor.Name == "output_norm.weight").FileOffset), float.NaN);
        }

        LocalLlmException error = await Assert.ThrowsAsync<LocalLlmException>(() =>
            Perplexity.EvaluateAsync(_folder.Write("damaged.gguf", model), Text, OnCpu, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains("damaged.gguf", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_options_are_refused_at_the_call()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Evaluate(OnCpu with { ContextLength = 2 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Evaluate(OnCpu with { Threads = 0 }));
        Assert.Throws<ArgumentException>(() => Evaluate(OnCpu with { Sequences = 2 }));
        Assert.Throws<ArgumentException>(() => Evaluate(OnCpu with { MostOutputs = 32 }));
        Assert.Throws<ArgumentNullException>(() => Evaluate(OnCpu, null!));

        static void Evaluate(EvaluationOptions options, string text = "") => _ = Perplexity.EvaluateAsync(TestModels.Guide, text, options);
    }

    [Fact]
    public async Task Progress_tells_each_chunk_on_a_thread_of_its_own()
    {
        int caller = Environment.CurrentManagedThreadId;
        List<EvaluationProgress> told = [];
        bool isOnCaller = false;
        Callback<EvaluationProgress> progress = new(value =>
        {
            isOnCaller |= Environment.CurrentManagedThreadId == caller || Thread.CurrentThread.IsThreadPoolThread;
            told.Add(value);
        });

        PerplexityResult result = await Perplexity.EvaluateAsync(TestModels.Guide, Text, OnCpu with { Threads = 2 }, progress, TestContext.Current.CancellationToken);

        Assert.False(isOnCaller);
        Assert.Equal(Enumerable.Range(1, result.Chunks), told.Select(value => value.Chunk));
        Assert.All(told, value => Assert.Equal(result.Chunks, value.Chunks));
        Assert.Equal(result.Perplexity, told[^1].Perplexity);
    }

    [Fact]
    public async Task What_the_progress_throws_reaches_the_caller() =>
        await Assert.ThrowsAsync<InvalidDataException>(() => Perplexity.EvaluateAsync(
            TestModels.Guide, Text, OnCpu, new Callback<EvaluationProgress>(_ => throw new InvalidDataException()), TestContext.Current.CancellationToken));

    [Fact]
    public async Task Cancelled_at_any_moment_it_ends_and_works_again()
    {
        using CancellationTokenSource afterOne = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Perplexity.EvaluateAsync(TestModels.Guide, Text, OnCpu, new Callback<EvaluationProgress>(_ => afterOne.Cancel()), afterOne.Token));

        // Within the reading of a chunk, mostly: the whole is many times as long.
        string longText = string.Concat(Enumerable.Repeat(Text, 20));
        Random random = new(7);
        for (int i = 0; i < 5; i++)
        {
            using CancellationTokenSource later = new();
            Task<PerplexityResult> task = Perplexity.EvaluateAsync(
                TestModels.Guide, longText, OnCpu, new Callback<EvaluationProgress>(_ => later.CancelAfter(random.Next(60))), later.Token);
            OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
            Assert.Equal(later.Token, error.CancellationToken);
            Assert.True(task.IsCanceled);
        }

        PerplexityResult result = await Perplexity.EvaluateAsync(TestModels.Guide, Text, OnCpu, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(result.Chunks > 1);
    }

    [Fact]
    public async Task Beside_a_model_that_generates_it_is_the_same()
    {
        PerplexityResult alone = await Perplexity.EvaluateAsync(TestModels.Guide, Text, OnCpu, cancellationToken: TestContext.Current.CancellationToken);
        using LocalModel model = LocalModel.Load(TestModels.Guide, TestModels.OnCpu with { ContextLength = 512, Threads = 1 });

        Task<PerplexityResult> evaluation = Perplexity.EvaluateAsync(TestModels.Guide, Text, OnCpu, cancellationToken: TestContext.Current.CancellationToken);
        do
        {
            await model.GenerateAsync("GGUF is", new GenerationOptions { MaxOutputTokens = 20 }, TestContext.Current.CancellationToken);
        }
        while (!evaluation.IsCompleted);

        Assert.Equal(alone, await evaluation);
    }

    private string Model(string name)
    {
        switch (name)
        {
            case "smollm2":
                return TestModels.SmolLm2;
            case "guide":
                return TestModels.Guide;
            case "guide with a begin token":
                string path = _folder.File("begin.gguf");
                GgufFile.EditMetadata(TestModels.Guide, path, metadata => metadata.SetBoolean("tokenizer.ggml.add_bos_token", true));
                return path;
            default:
                return TinyModels.Write(_folder, name);
        }
    }

    private static int Tokens(string text) => Guide.Value.Tokenize(text, addSpecial: true, parseSpecial: false).Length;

    private static void AssertClose(double expected, double actual, double tolerance = OnePerMille) =>
        Assert.InRange(actual, expected * (1 - tolerance), expected * (1 + tolerance));
}
