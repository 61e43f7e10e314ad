using LocalLlm.Inference;

namespace LocalLlm.Tests.Inference.Sampling;

public sealed class AdjustmentTests(SamplerFixture fixture) : IClassFixture<SamplerFixture>
{
    private readonly float[] _logits = fixture.RandomLogits(seed: 1);

    [Fact]
    public void Plain_greedy_drawing_takes_the_first_of_the_greatest()
    {
        using Sampler sampler = fixture.Sampler(new SamplingParameters());

        Assert.Equal(Array.IndexOf(_logits, _logits.Max()), sampler.Draw(_logits, fixture.Candidates));
        Assert.Equal(1, sampler.Draw(fixture.Logits(1, 5, 5), fixture.Candidates));
    }

    [Fact]
    public void Logit_bias_is_added()
    {
        using Sampler sampler = fixture.Sampler(new SamplingParameters
        {
            LogitBias = new Dictionary<int, float> { [0] = 2.5f, [7] = -100, [4095] = float.NegativeInfinity },
        });

        float[] expected = [.. _logits];
        expected[0] += 2.5f;
        expected[7] -= 100;
        expected[4095] = float.NegativeInfinity;
        Assert.Equal(expected, fixture.Adjusted(sampler, _logits));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(500)]
    public void Repetition_penalty_is_for_the_last_tokens_of_prompt_and_output(int window)
    {
        int[] prompt = [.. Enumerable.Range(0, 50).Select(i => 1000 + (i * i % 37))];
        int[] output = [1001, 1001, 2000, 2001, 2002];
        using Sampler sampler = fixture.Sampler(new SamplingParameters { RepetitionPenalty = 1.3f, PenaltyWindow = window });

        sampler.AcceptPrompt(prompt);
        foreach (int token in output)
        {
            sampler.Accept(token);
        }

        float[] expected = [.. _logits];
        foreach (int token in prompt.Concat(output).TakeLast(window).Distinct())
        {
            expected[token] = expected[token] <= 0 ? expected[token] * 1.3f : expected[token] / 1.3f;
        }

        Assert.Equal(expected, fixture.Adjusted(sampler, _logits));
    }

    [Fact]
    public void Control_tokens_of_the_prompt_are_not_penalised()
    {
        int[] prompt = fixture.Vocabulary.Tokenize("<|im_start|>user<|im_end|>", addSpecial: false, parseSpecial: true);
        int control = prompt[0];
        Assert.True(fixture.Vocabulary.IsControl(control));
        using Sampler sampler = fixture.Sampler(new SamplingParameters { RepetitionPenalty = 2, PenaltyWindow = 1 });

        sampler.AcceptPrompt(prompt);

        float[] adjusted = fixture.Adjusted(sampler, _logits);
        Assert.Equal(_logits[control], adjusted[control]);
        // The one place of the window is the last text token's.
        Assert.NotEqual(_logits[prompt[^2]], adjusted[prompt[^2]]);
    }

    [Fact]
    public void Frequency_and_presence_count_the_output_only()
    {
        using Sampler sampler = fixture.Sampler(new SamplingParameters
        {
            FrequencyPenalty = 0.5f, PresencePenalty = 0.25f, MaxOutputTokens = 100, RepetitionPenalty = 1, PenaltyWindow = 64,
        });

        sampler.AcceptPrompt([100, 101, 102]);
        int[] output = [101, 7, 7, 7, 9];
        foreach (int token in output)
        {
            sampler.Accept(token);
        }

        float[] expected = [.. _logits];
        foreach (IGrouping<int, int> token in output.GroupBy(token => token))
        {
            expected[token.Key] -= (token.Count() * 0.5f) + 0.25f;
        }

        Assert.Equal(expected, fixture.Adjusted(sampler, _logits));
    }

    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 400)]
    [InlineData(3, 60)]
    public void Dry_penalises_what_continues_a_repeated_sequence(int allowedLength, int window)
    {
        DryOptions dry = new() { Multiplier = 0.7f, Base = 1.5f, AllowedLength = allowedLength, Window = window, SequenceBreakers = [] };
        Random random = new(7);
        // Few different tokens, so that sequences repeat.
        List<int> context = [.. Enumerable.Range(0, 200).Select(_ => 300 + random.Next(3))];
        using Sampler sampler = fixture.Sampler(new SamplingParameters { Dry = dry });
        sampler.AcceptPrompt([.. context]);

        int penalised = 0;
        for (int i = 0; i < 30; i++)
        {
            float[] adjusted = fixture.Adjusted(sampler, _logits);
            Dictionary<int, double> penalties = Reference.Dry(context, dry);
            Assert.Equal(_logits.Select((logit, token) => logit - penalties.GetValueOrDefault(token)), adjusted.Select(logit => (double)logit), (a, b) => Math.Abs(a - b) < 1e-3);
            penalised += penalties.Count;
            context.Add(300 + random.Next(3));
            sampler.Accept(context[^1]);
        }

        Assert.True(penalised > 20, $"Only {penalised} penalties were compared.");
    }

    [Fact]
    public void Dry_ends_a_loop()
    {
        // Whatever came last, the next of the three is a little more probable than anything else.
        float[] Next(int last) => fixture.Logits([.. Enumerable.Range(0, 10).Select(token => token == (last + 1) % 3 ? 5f : 4f - token)]);
        int[] Generate(DryOptions? dry)
        {
            using Sampler sampler = fixture.Sampler(new SamplingParameters { Dry = dry });
            List<int> output = [0];
            while (output.Count < 30)
            {
                output.Add(sampler.Draw(Next(output[^1]), fixture.Candidates));
                sampler.Accept(output[^1]);
            }

            return [.. output];
        }

        Assert.All(Generate(dry: null), (token, i) => Assert.Equal(i % 3, token));
        Assert.True(Generate(new DryOptions { Window = 100 }).Where((token, i) => token != i % 3).Count() > 5);
    }

    [Fact]
    public void A_repeated_sequence_does_not_reach_across_a_breaker()
    {
        int newline = Assert.Single(fixture.Vocabulary.Tokenize("\n", addSpecial: false, parseSpecial: false));
        int[] context = [300, 301, 302, newline, 300, 301, 302, newline, 300];

        float[] Adjusted(IReadOnlyList<string> breakers)
        {
            using Sampler sampler = fixture.Sampler(new SamplingParameters { Dry = new DryOptions { Window = 100, SequenceBreakers = breakers } });
            sampler.AcceptPrompt(context);
            return fixture.Adjusted(sampler, _logits);
        }

        Assert.Equal(_logits[301] - 0.8f * MathF.Pow(1.75f, 3), Adjusted([])[301], 1e-3f);
        Assert.Equal(_logits, Adjusted(["\n"]));
    }

    // Tokens may hold a part of a character: the rest of a breaker is no valid UTF-8 then.
    [Fact]
    public void Breakers_outside_ASCII_are_taken()
    {
        using Sampler sampler = fixture.Sampler(new SamplingParameters { Dry = new DryOptions { Window = 100, SequenceBreakers = ["。", "é", "😀…", new string('x', 40)] } });

        Assert.Equal(_logits, fixture.Adjusted(sampler, _logits));
    }

    [Fact]
    public void Adjustments_come_before_truncation()
    {
        float[] logits = fixture.Logits(5, 4, 3);
        SamplingParameters best = new() { Temperature = 1, TopK = 1, Seed = 1 };

        Assert.Equal([1], fixture.Drawable(best with { LogitBias = new Dictionary<int, float> { [0] = float.NegativeInfinity } }, logits));
        Assert.Equal([2], fixture.Drawable(best with { LogitBias = new Dictionary<int, float> { [2] = 7 } }, logits));
    }

    [Fact]
    public void What_was_drawn_and_not_accepted_changes_nothing()
    {
        using Sampler sampler = fixture.Sampler(new SamplingParameters { PresencePenalty = 2, MaxOutputTokens = 10 });
        float[] logits = fixture.Logits(5, 4);

        Assert.Equal(0, sampler.Draw(logits, fixture.Candidates));
        Assert.Equal(0, sampler.Draw(logits, fixture.Candidates));
        sampler.Accept(0);
        Assert.Equal(1, sampler.Draw(logits, fixture.Candidates));
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1f)]
    public void Candidates_can_be_masked_before_a_draw(float temperature)
    {
        using Sampler sampler = fixture.Sampler(new SamplingParameters { Temperature = temperature, TopK = 2, MinP = 0.1f, Seed = 1 });
        fixture.Candidates.Fill(fixture.Logits(9, 8, 1, 0));
        fixture.Candidates.Left[0].logit = float.NegativeInfinity;
        fixture.Candidates.Left[1].logit = float.NegativeInfinity;
        fixture.Candidates.Left[3].logit = float.NegativeInfinity;

        Assert.Equal(2, sampler.Draw(fixture.Candidates));
    }
}
