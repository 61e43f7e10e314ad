namespace LocalLlm;

/// <summary>What <see cref="PresetSelector"/> is to look for.</summary>
public sealed record PresetOptions
{
    /// <summary>Which candidates are wanted. Default <see cref="QuantizationPreset.Auto"/>: the machine decides among all.</summary>
    public QuantizationPreset Preset { get; init; }

    /// <summary>Tokens per second that a model must reach where not all of it is on GPUs, for better quality to be worth it. Default 5.</summary>
    public double MinimumTokensPerSecond { get; init; } = 5;

    /// <summary>What the plans are for. Without a context length they are for 4,096 tokens, or what the model was trained for.</summary>
    public PlanOptions Plan { get; init; } = new();

    internal void Validate()
    {
        if (!(MinimumTokensPerSecond >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(MinimumTokensPerSecond), MinimumTokensPerSecond, "A speed is a number from 0.");
        }

        Plan.ValidatePlan();
    }
}
