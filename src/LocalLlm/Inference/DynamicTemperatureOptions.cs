using LocalLlm.Inference;

namespace LocalLlm;

/// <summary>
/// Dynamic temperature: low where the model is sure, high where it is not. It is Temperature − Range, at least 0.001,
/// plus the way from there to Temperature + Range times (entropy / greatest possible entropy)^Exponent.
/// Source: arXiv 2309.02772, as in llama.cpp.
/// </summary>
public sealed record DynamicTemperatureOptions
{
    /// <summary>How far it goes below and above the temperature, 0 to 100; 0 is off. Default 0.5.</summary>
    public float Range { get; init; } = 0.5f;

    /// <summary>Above 1 it stays low for longer, below 1 it rises sooner, 0 to 100. Default 1.</summary>
    public float Exponent { get; init; } = 1;

    internal void Validate(string option)
    {
        OptionRange.Check<float>(Range, 0, 100, $"{option}.{nameof(Range)}");
        OptionRange.Check<float>(Exponent, 0, 100, $"{option}.{nameof(Exponent)}");
    }
}
