using LocalLlm.Inference;
using LocalLlm.Native;

namespace LocalLlm.Tests.Inference.Sampling;

public sealed class DrawTests(SamplerFixture fixture) : IClassFixture<SamplerFixture>
{
    private const int Draws = 4000;

    private static readonly float[] Eight = [2, 1.5f, 1, 0.5f, 0, -0.5f, -1, -1.5f];
    private static readonly SamplingParameters Plain = new() { Temperature = 1, Seed = 11 };

    [Theory]
    [InlineData(1f)]
    [InlineData(0.5f)]
    [InlineData(2f)]
    public void Tokens_are_drawn_with_their_probabilities(float temperature) =>
        AssertDrawn(Reference.Softmax(Eight.Select(logit => (double)logit / temperature)), Plain with { Temperature = temperature });

    [Theory]
    [InlineData(1f, 0.8f, 1f)]
    [InlineData(0.7f, 2f, 3f)]
    public void Dynamic_temperature_follows_the_entropy(float temperature, float range, float exponent)
    {
        double[] logits = [.. Eight.Select(logit => (double)logit)];
        double dynamic = Reference.DynamicTemperature(logits, Math.Max(temperature - range, 1e-3), temperature + range, exponent);

        AssertDrawn(
            Reference.Softmax(logits.Select(logit => logit / dynamic)),
            Plain with { TopK = 8, Temperature = temperature, DynamicTemperature = new DynamicTemperatureOptions { Range = range, Exponent = exponent } });
    }

    // A temperature that has become almost 0 would make infinities of the logits.
    [Fact]
    public void Dynamic_temperature_bears_certainty()
    {
        using Sampler sampler = fixture.Sampler(Plain with { DynamicTemperature = new DynamicTemperatureOptions { Range = 1 } });
        for (float gap = 80; gap < 105; gap += 0.5f)
        {
            Assert.Equal(1, sampler.Draw(fixture.Logits(0, gap, 0), fixture.Candidates));
        }
    }

    [Fact]
    public void Xtc_takes_the_top_choices_away_as_often_as_asked_for()
    {
        double[] all = Reference.Softmax(Eight);
        int lastChoice = all.Count(probability => probability >= 0.1) - 1;
        double left = all[lastChoice..].Sum();

        AssertDrawn(
            [.. all.Select((probability, token) => (0.6 * probability) + (token < lastChoice ? 0 : 0.4 * probability / left))],
            Plain with { Xtc = new XtcOptions { Probability = 0.4f, Threshold = 0.1f } });
    }

    [Theory]
    [InlineData(1, 3f)]
    [InlineData(2, 3f)]
    [InlineData(2, 5f)]
    public void Mirostat_keeps_the_mean_surprise_near_its_target(int version, float tau)
    {
        using Sampler sampler = fixture.Sampler(Plain with { Mirostat = new MirostatOptions { Version = version, Tau = tau } });
        // Zipf's law, as in a text: the surprise of a free draw is far more than the target.
        float[] logits = [.. Enumerable.Range(0, fixture.Vocabulary.Count).Select(rank => -1.05f * MathF.Log(rank + 1))];
        double surprise = 0;
        for (int i = 0; i < 1000; i++)
        {
            int token = sampler.Draw(logits, fixture.Candidates);
            foreach (llama_token_data candidate in fixture.Candidates.Left)
            {
                surprise += candidate.id == token ? -Math.Log2(candidate.p) : 0;
            }
        }

        Assert.Equal(tau, surprise / 1000, 0.2);
        Assert.True(Reference.Softmax(logits).Sum(p => -p * Math.Log2(p)) > tau + 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Mirostat_bears_impossible_tokens(int version) =>
        Assert.True(fixture.Histogram(Plain with { Mirostat = new MirostatOptions { Version = version } }, fixture.Logits(Eight), 8, 500).Count(count => count > 0) > 3);

    [Fact]
    public void A_seed_gives_the_same_tokens_again()
    {
        SamplingParameters all = Everything();

        Assert.Equal(Tokens(all), Tokens(all));
        Assert.NotEqual(Tokens(all), Tokens(all with { Seed = 12 }));
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1f)]
    public void No_finite_logit_or_every_token_banned_is_an_error(float temperature)
    {
        SamplingParameters parameters = Plain with { Temperature = temperature };
        using Sampler sampler = fixture.Sampler(parameters);
        using Sampler banning = fixture.Sampler(parameters with { LogitBias = Enumerable.Range(0, fixture.Vocabulary.Count).ToDictionary(token => token, _ => float.NegativeInfinity) });

        Assert.Throws<LocalLlmException>(() => sampler.Draw(fixture.Logits(), fixture.Candidates));
        Assert.Throws<LocalLlmException>(() => sampler.Draw(fixture.Logits(1, float.NaN), fixture.Candidates));
        Assert.Throws<LocalLlmException>(() => sampler.Draw(fixture.Logits(1, float.PositiveInfinity), fixture.Candidates));
        Assert.Throws<LocalLlmException>(() => banning.Draw(fixture.RandomLogits(1), fixture.Candidates));
        foreach (SamplingParameters masked in new[] { parameters, Everything(), parameters with { Mirostat = new MirostatOptions { Version = 1 } }, parameters with { Mirostat = new MirostatOptions() } })
        {
            using Sampler whatever = fixture.Sampler(masked with { LogitBias = null, RepetitionPenalty = 1, FrequencyPenalty = 0, PresencePenalty = 0, Dry = null });
            fixture.Candidates.Fill(fixture.Logits());
            Assert.Throws<LocalLlmException>(() => whatever.Draw(fixture.Candidates));
        }
    }

    // Truncations and penalties see numbers as large as they come.
    [Theory]
    [InlineData(3e38f)]
    [InlineData(-3e38f)]
    [InlineData(1e9f)]
    public void Huge_logits_end_in_a_token_or_an_error(float huge)
    {
        using Sampler sampler = fixture.Sampler(Everything());
        float[] logits = fixture.RandomLogits(1);
        logits[100] = huge;
        logits[2000] = huge / 2;
        for (int i = 0; i < 20; i++)
        {
            try
            {
                int token = sampler.Draw(logits, fixture.Candidates);
                Assert.InRange(token, 0, logits.Length - 1);
                sampler.Accept(token);
            }
            catch (LocalLlmException)
            {
            }
        }
    }

    [Fact]
    public void Drawing_allocates_nothing()
    {
        float[] logits = fixture.RandomLogits(1);
        SamplingParameters[] each = [new(), new() { PresencePenalty = 1, MaxOutputTokens = 4000 }, Everything(), Plain with { Mirostat = new MirostatOptions() }];
        foreach (SamplingParameters parameters in each)
        {
            using Sampler sampler = fixture.Sampler(parameters);
            Draw(sampler, logits, 50);

            long before = GC.GetAllocatedBytesForCurrentThread();
            Draw(sampler, logits, 200);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static SamplingParameters Everything() => new()
    {
        LogitBias = new Dictionary<int, float> { [5] = 1 },
        RepetitionPenalty = 1.1f,
        PenaltyWindow = 64,
        FrequencyPenalty = 0.1f,
        PresencePenalty = 0.1f,
        MaxOutputTokens = 1000,
        Dry = new DryOptions { Window = 1000 },
        TopNSigma = 3,
        TopK = 1000,
        TypicalP = 0.95f,
        TopP = 0.95f,
        MinP = 0.01f,
        Xtc = new XtcOptions { Probability = 0.2f, Threshold = 0.01f },
        Temperature = 0.9f,
        DynamicTemperature = new DynamicTemperatureOptions(),
        Seed = 11,
    };

    private void Draw(Sampler sampler, float[] logits, int draws)
    {
        for (int i = 0; i < draws; i++)
        {
            sampler.Accept(sampler.Draw(logits, fixture.Candidates));
        }
    }

    private int[] Tokens(SamplingParameters parameters)
    {
        using Sampler sampler = fixture.Sampler(parameters);
        return [.. Enumerable.Range(0, 50).Select(seed =>
        {
            int token = sampler.Draw(fixture.RandomLogits(seed, deviation: 1), fixture.Candidates);
            sampler.Accept(token);
            return token;
        })];
    }

    private void AssertDrawn(double[] expected, SamplingParameters parameters) =>
        Reference.AssertDistribution(expected, fixture.Histogram(parameters, fixture.Logits(Eight), expected.Length, Draws));
}
