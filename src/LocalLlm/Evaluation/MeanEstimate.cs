namespace LocalLlm.Evaluation;

/// <summary>A mean of what was observed, and how uncertain it is.</summary>
internal sealed class MeanEstimate
{
    private double _sum;
    private double _squares;

    internal int Count { get; private set; }

    internal double Mean => _sum / Count;

    /// <summary>The standard error of the mean.</summary>
    internal double StandardError => Math.Sqrt(Math.Max(0, (_squares / Count) - (Mean * Mean)) / (Count - 1));

    internal void Add(double value)
    {
        _sum += value;
        _squares += value * value;
        Count++;
    }
}
