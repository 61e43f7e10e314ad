namespace LocalLlm;

/// <summary>How far the loading of a model has come.</summary>
/// <param name="Fraction">The share of the weights that is loaded, 0 to 1.</param>
public sealed record LoadProgress(double Fraction);
