namespace LocalLlm.Evaluation;

/// <summary>Sums up how far a model is from a reference over the tokens of a text.</summary>
/// <param name="modelPath">The model's file.</param>
/// <param name="referencePath">The reference's file.</param>
internal sealed class DivergenceStatistics(string modelPath, string referencePath)
{
    private readonly Surprise _model = new(modelPath);
    private readonly Surprise _reference = new(referencePath);
    private readonly MeanEstimate _divergence = new();
    private readonly MeanEstimate _squaredDifference = new();
    private readonly List<double> _divergences = [];
    private int _sameTop;

    /// <summary>The model's perplexity over what has been added.</summary>
    internal double Perplexity => _model.Perplexity;

    internal void Add(TokenDivergence token)
    {
        _model.Add(token.LogProbability);
        _reference.Add(token.ReferenceLogProbability);
        _divergence.Add(token.Divergence);
        _divergences.Add(token.Divergence);
        double difference = Math.Exp(token.LogProbability) - Math.Exp(token.ReferenceLogProbability);
        _squaredDifference.Add(difference * difference);
        _sameTop += token.HasSameTop ? 1 : 0;
    }

    internal KlDivergenceResult Result(TextChunks chunks)
    {
        _divergences.Sort();
        return new KlDivergenceResult
        {
            Mean = _divergence.Mean,
            StandardError = _divergence.StandardError,
            Median = Percentile(0.5),
            Percentile99 = Percentile(0.99),
            Maximum = _divergences[^1],
            SameTopRate = (double)_sameTop / _divergences.Count,
            RmsProbabilityDifference = Math.Sqrt(_squaredDifference.Mean),
            Perplexity = _model.Result(chunks),
            ReferencePerplexity = _reference.Result(chunks),
        };
    }

    // Between two observations it is interpolated.
    private double Percentile(double fraction)
    {
        double place = fraction * (_divergences.Count - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, _divergences.Count - 1);
        return double.Lerp(_divergences[below], _divergences[above], place - below);
    }
}
