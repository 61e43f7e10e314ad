using LocalLlm.Inference;

namespace LocalLlm.Tests.Inference.Sampling;

public sealed class TruncationTests(SamplerFixture fixture) : IClassFixture<SamplerFixture>
{
    private static readonly SamplingParameters Plain = new() { Temperature = 1, Seed = 1 };

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(200)]
    [InlineData(5000)]
    public void Top_k(int k) => AssertLeft(logits => Reference.TopK(logits, k), Plain with { TopK = k });

    [Theory]
    [InlineData(0f)]
    [InlineData(0.3f)]
    [InlineData(0.9f)]
    public void Top_p(float p) => AssertLeft(logits => Reference.TopP(logits, p), Plain with { TopP = p });

    [Theory]
    [InlineData(1f)]
    [InlineData(0.1f)]
    [InlineData(0.001f)]
    public void Min_p(float p) => AssertLeft(logits => Reference.MinP(logits, p), Plain with { MinP = p });

    [Theory]
    [InlineData(0.5f)]
    [InlineData(2f)]
    public void Top_n_sigma(float n) => AssertLeft(logits => Reference.TopNSigma(logits, n), Plain with { TopNSigma = n });

    [Theory]
    [InlineData(0f)]
    [InlineData(0.2f)]
    [InlineData(0.9f)]
    public void Typical(float p) => AssertLeft(logits => Reference.Typical(logits, p), Plain with { TypicalP = p });

    // llama.cpp computes the entropy as NaN where a probability is 0, and keeps whatever comes first.
    [Fact]
    public void Typical_sampling_bears_impossible_tokens()
    {
        float[] logits = fixture.Logits(4, 3.5f, 3, 1, 0, -1, -200);

        Assert.Equal(Reference.Typical(logits[..6], 0.5).ToHashSet(), fixture.Drawable(Plain with { TypicalP = 0.5f }, logits));
    }

    [Fact]
    public void Top_n_sigma_before_typical()
    {
        float[] logits = fixture.RandomLogits(seed: 5);
        float[] masked = new float[logits.Length];
        Array.Fill(masked, float.NegativeInfinity);
        foreach (int token in Reference.TopNSigma(logits, 1))
        {
            masked[token] = logits[token];
        }

        Assert.Equal(Reference.Typical(masked, 0.4).ToHashSet(), fixture.Drawable(Plain with { TopNSigma = 1, TypicalP = 0.4f }, logits));
    }

    [Fact]
    public void Truncations_work_one_after_the_other()
    {
        float[] logits = fixture.RandomLogits(seed: 6);
        float[] left = fixture.Logits();
        foreach (int token in Reference.TopK(logits, 30))
        {
            left[token] = logits[token];
        }

        HashSet<int> expected = [.. Reference.TopP(left, 0.8).Intersect(Reference.MinP(left, 0.2))];
        Assert.Equal(expected, fixture.Drawable(Plain with { TopK = 30, TopP = 0.8f, MinP = 0.2f }, logits));
    }

    [Fact]
    public void Xtc_leaves_the_least_probable_of_the_top_choices()
    {
        float[] logits = [MathF.Log(0.4f), MathF.Log(0.3f), MathF.Log(0.2f), MathF.Log(0.06f), MathF.Log(0.04f)];

        Assert.Equal([2, 3, 4], fixture.Drawable(Plain with { Xtc = new XtcOptions { Probability = 1, Threshold = 0.1f } }, fixture.Logits(logits)).Order());
        Assert.Equal([0, 1, 2, 3, 4], fixture.Drawable(Plain with { Xtc = new XtcOptions { Probability = 1, Threshold = 0.35f } }, fixture.Logits(logits)).Order());
    }

    private void AssertLeft(Func<float[], IEnumerable<int>> reference, SamplingParameters parameters)
    {
        for (int seed = 0; seed < 3; seed++)
        {
            float[] logits = fixture.RandomLogits(seed);
            Assert.Equal(reference(logits).ToHashSet(), fixture.Drawable(parameters, logits));
        }
    }
}
