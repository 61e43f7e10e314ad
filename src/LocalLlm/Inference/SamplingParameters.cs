namespace LocalLlm.Inference;

/// <summary>How a sequence's tokens are drawn. Every value is checked already.</summary>
/// <param name="Temperature">Scales the logits; 0 takes the most probable token.</param>
/// <param name="TopK">Draws from the K most probable tokens; 0 is off.</param>
/// <param name="TopP">Draws from the most probable tokens whose probabilities add up to P; 1 is off.</param>
/// <param name="MinP">Draws from tokens at least this probable, relative to the most probable one; 0 is off.</param>
/// <param name="Seed">Seed of the random draws.</param>
internal readonly record struct SamplingParameters(float Temperature, int TopK, float TopP, float MinP, uint Seed)
{
    // Logits divided by less than this overflow; the draw would be the most probable token anyway.
    internal bool IsGreedy => Temperature < 1e-6f;
}
