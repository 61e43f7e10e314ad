using LocalLlm.Evaluation;

namespace LocalLlm.Tests.Evaluation;

public sealed class KlDivergenceTests : IDisposable
{
    private static readonly EvaluationOptions OnCpu = new() { Placement = PlacementStrategy.CpuOnly, Threads = 1 };
    private static readonly string Text = File.ReadAllText(RepositoryFolder.File("README.md"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>llama-perplexity keeps the reference's log-probabilities in 16 bits, and none below 16 less than the best.</summary>
    [Fact]
    public async Task It_is_what_llama_perplexity_says()
    {
        string text = LlamaTool.ReadSource("docs/multi-gpu.md");
        string variant = _folder.File("guide-q4_0.gguf");
        await LlamaTool.RunAsync("quantize", TestModels.Guide, variant, "Q4_0", "1");
        Func<string, double> expected = await LlamaPerplexity.CompareAsync(variant, TestModels.Guide, text, contextLength: 512);

        KlDivergenceResult result = await KlDivergence.EvaluateAsync(variant, TestModels.Guide, text, OnCpu, cancellationToken: TestContext.Current.CancellationToken);

        AssertClose(expected("Mean    KLD"), result.Mean, 0.002);
        AssertClose(expected("Median  KLD"), result.Median, 0.002);
        AssertClose(expected("99.0%   KLD"), result.Percentile99, 0.002);
        AssertClose(expected("Maximum KLD"), result.Maximum, 0.002);
        AssertClose(expected("Same top p") / 100, result.SameTopRate, 0.002);
        AssertClose(expected("RMS Δp") / 100, result.RmsProbabilityDifference, 0.002);
        AssertClose(expected("Mean PPL(Q)"), result.Perplexity.Perplexity, 0.001);
        Assert.InRange(result.StandardError, result.Mean / 1000, result.Mean);
        Assert.Equal(result.ReferencePerplexity, await Perplexity.EvaluateAsync(TestModels.Guide, text, OnCpu, cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_model_does_not_differ_from_itself()
    {
        List<int> told = [];

        KlDivergenceResult result = await KlDivergence.EvaluateAsync(
            TestModels.Guide, TestModels.Guide, Text, OnCpu, new Callback<EvaluationProgress>(value => told.Add(value.Chunk)), TestContext.Current.CancellationToken);

        Assert.Equal((0, 0, 0, 0), (result.Mean, result.StandardError, result.Percentile99, result.Maximum));
        Assert.Equal((1, 0), (result.SameTopRate, result.RmsProbabilityDifference));
        Assert.Equal(result.ReferencePerplexity, result.Perplexity);
        Assert.Equal(Enumerable.Range(1, result.Perplexity.Chunks), told);
    }

    [Fact]
    public async Task Models_of_different_vocabularies_are_not_compared()
    {
        LocalLlmException error = await Assert.ThrowsAsync<LocalLlmException>(() => KlDivergence.EvaluateAsync(
            TestModels.Guide, TestModels.SmolLm2, Text[..2000], OnCpu with { ContextLength = 64 }, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains("different vocabularies", error.Message, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(TestModels.SmolLm2), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelled_it_ends()
    {
        using CancellationTokenSource source = new();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => KlDivergence.EvaluateAsync(
            TestModels.Guide, TestModels.Guide, Text, OnCpu, new Callback<EvaluationProgress>(_ => source.Cancel()), source.Token));
    }

    [Theory]
    [InlineData(7, 1)]
    [InlineData(512, 5)]
    [InlineData(1300, 20)]
    [InlineData(50_000, 3)]
    public void A_token_is_compared_as_the_formula_says(int vocabulary, float width)
    {
        Random random = new(vocabulary);
        for (int run = 0; run < 20; run++)
        {
            float[] reference = [.. Enumerable.Range(0, vocabulary).Select(_ => random.NextSingle() * width)];
            // Also where all of a model's logits are higher: that is no difference.
            float[] logits = [.. reference.Select(logit => logit + (run * 3) + (random.NextSingle() / 2))];
            if (run % 4 == 3)
            {
                // What both hold impossible, and what only the reference does.
                reference[1] = float.NegativeInfinity;
                logits[1] = float.NegativeInfinity;
                reference[2] = float.NegativeInfinity;
            }

            double[] p = Softmax(reference);
            double[] q = Softmax(logits);
            double expected = p.Zip(q).Where(pair => pair.First > 0).Sum(pair => pair.First * Math.Log(pair.First / pair.Second));

            TokenDivergence actual = TokenDivergence.Of(logits, reference, token: 3);

            Assert.Equal(expected, actual.Divergence, (1e-4 * expected) + 2e-6);
            Assert.Equal(Math.Log(q[3]), actual.LogProbability, 1e-5);
            Assert.Equal(Math.Log(p[3]), actual.ReferenceLogProbability, 1e-5);
            Assert.Equal(Array.IndexOf(p, p.Max()) == Array.IndexOf(q, q.Max()), actual.HasSameTop);
        }
    }

    private static double[] Softmax(float[] logits)
    {
        double max = logits.Max();
        double[] terms = [.. logits.Select(logit => Math.Exp(logit - max))];
        double sum = terms.Sum();
        return [.. terms.Select(term => term / sum)];
    }

    private static void AssertClose(double expected, double actual, double tolerance) =>
        Assert.InRange(actual, expected * (1 - tolerance), expected * (1 + tolerance));
}
