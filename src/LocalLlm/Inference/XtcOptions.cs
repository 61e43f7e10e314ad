using LocalLlm.Inference;

namespace LocalLlm;

/// <summary>
/// XTC ("exclude top choices"): now and then takes away all tokens that are probable enough but the least probable of them,
/// so that the text takes an unusual turn. Source: text-generation-webui pull request 6335, as in llama.cpp.
/// </summary>
public sealed record XtcOptions
{
    /// <summary>How often it happens, 0 to 1; 0 is off. Default 0.5.</summary>
    public float Probability { get; init; } = 0.5f;

    /// <summary>The probability from which a token counts as a top choice, 0 to 1; above 0.5 there can't be two, and it is off. Default 0.1.</summary>
    public float Threshold { get; init; } = 0.1f;

    internal bool IsOff => Probability == 0 || Threshold > 0.5f;

    internal void Validate(string option)
    {
        OptionRange.Check<float>(Probability, 0, 1, $"{option}.{nameof(Probability)}");
        OptionRange.Check<float>(Threshold, 0, 1, $"{option}.{nameof(Threshold)}");
    }
}
