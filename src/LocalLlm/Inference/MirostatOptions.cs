using LocalLlm.Inference;

namespace LocalLlm;

/// <summary>
/// Mirostat: cuts off improbable tokens just so far that the text's mean surprise comes near to a target. It takes the
/// place of top-n-sigma, top-k, typical, top-p, min-p, XTC and dynamic temperature, as in llama.cpp; logit bias,
/// penalties, DRY and the temperature still hold. Source: arXiv 2007.14966.
/// </summary>
public sealed record MirostatOptions
{
    /// <summary>
    /// 1 estimates how many tokens to keep from Zipf's law, 2 cuts by surprise itself; 0 is off, also where the model
    /// file recommends it. Default 2: version 1 can become greedy where the target is above what the model's
    /// distribution has to give.
    /// </summary>
    public int Version { get; init; } = 2;

    /// <summary>The target: mean surprise in bits per token, 0 to 100. Default 5.</summary>
    public float Tau { get; init; } = 5;

    /// <summary>How fast it follows, 0 to 1. Default 0.1.</summary>
    public float Eta { get; init; } = 0.1f;

    internal bool IsOff => Version == 0;

    internal void Validate(string option)
    {
        OptionRange.Check<int>(Version, 0, 2, $"{option}.{nameof(Version)}");
        OptionRange.Check<float>(Tau, 0, 100, $"{option}.{nameof(Tau)}");
        OptionRange.Check<float>(Eta, 0, 1, $"{option}.{nameof(Eta)}");
    }
}
