namespace LocalLlm;

/// <summary>Which variant of a model is taken for a machine. Made by <see cref="ModelStore.ChooseAsync"/>.</summary>
public sealed record ModelChoice
{
    /// <summary>The variant to take, or to make another of.</summary>
    public required ModelVariant Variant { get; init; }

    /// <summary>What is made of <see cref="Variant"/>; null: it is taken as it is.</summary>
    public ModelFileType? Made { get; init; }

    /// <summary>How it was chosen, among which candidates.</summary>
    public required PresetChoice Preset { get; init; }
}
