using LocalLlm.Inference;

namespace LocalLlm.Tests.Inference.Sampling;

/// <summary>The guide model's vocabulary and a candidate array for it: samplers are tested on logits that tests make up.</summary>
public sealed class SamplerFixture : IDisposable
{
    private readonly LoadedModel _model = BareWeights.Load(TestModels.Guide);

    public SamplerFixture() => Candidates = new Candidates(Vocabulary.Count);

    internal Vocabulary Vocabulary => _model.Vocabulary;

    internal Candidates Candidates { get; }

    public void Dispose()
    {
        Candidates.Dispose();
        _model.Dispose();
    }

    internal Sampler Sampler(SamplingParameters parameters) => new(parameters, Vocabulary);

    /// <summary>Logits of which only the first tokens' are more than the lowest.</summary>
    internal float[] Logits(params float[] first)
    {
        float[] logits = new float[Vocabulary.Count];
        Array.Fill(logits, float.NegativeInfinity);
        first.CopyTo(logits, 0);
        return logits;
    }

    /// <summary>Logits of the whole vocabulary, normally distributed as a model's are.</summary>
    internal float[] RandomLogits(int seed, double deviation = 3)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, Vocabulary.Count).Select(_ => (float)(deviation * Normal(random)))];
    }

    /// <summary>The logits after bias, penalties and DRY: greedy drawing leaves them all in their places.</summary>
    internal float[] Adjusted(Sampler greedy, float[] logits)
    {
        greedy.Draw(logits, Candidates);
        return [.. Candidates.Left.ToArray().Select(candidate => candidate.logit)];
    }

    /// <summary>The tokens that could have been drawn.</summary>
    internal HashSet<int> Drawable(SamplingParameters parameters, float[] logits)
    {
        using Sampler sampler = Sampler(parameters);
        sampler.Draw(logits, Candidates);
        return [.. Candidates.Left.ToArray().Where(candidate => float.IsFinite(candidate.logit)).Select(candidate => candidate.id)];
    }

    /// <summary>How often each of the first tokens is drawn.</summary>
    internal int[] Histogram(SamplingParameters parameters, float[] logits, int tokens, int draws)
    {
        using Sampler sampler = Sampler(parameters);
        int[] counts = new int[tokens];
        for (int i = 0; i < draws; i++)
        {
            counts[sampler.Draw(logits, Candidates)]++;
        }

        return counts;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
