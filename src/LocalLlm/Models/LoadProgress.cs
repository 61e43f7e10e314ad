namespace LocalLlm;

/// <summary>How far getting and loading a model has come.</summary>
/// <param name="Fraction">The share of the stage that is done, 0 to 1.</param>
public sealed record LoadProgress(double Fraction)
{
    /// <summary>What is being done. Default: the weights are loaded.</summary>
    public LoadStage Stage { get; init; }

    /// <summary>Bytes, rate and time left, while it is downloaded; else null.</summary>
    public DownloadProgress? Download { get; init; }
}
