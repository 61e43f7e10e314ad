namespace LocalLlm;

/// <summary>How layers are spread over devices.</summary>
public enum PlacementStrategy
{
    /// <summary>The fewest GPUs that hold everything; where none do, as many layers as possible, spread evenly. GPUs that could take next to nothing are left alone.</summary>
    Auto,

    /// <summary>As many layers as possible, spread so that the fullest GPU is as empty as it can be.</summary>
    Balanced,

    /// <summary>As <see cref="Balanced"/>, with only what the others can't hold on the first GPU.</summary>
    BalancedLow0,

    /// <summary>The first GPU is filled, then the next.</summary>
    Sequential,

    /// <summary>No GPU is touched.</summary>
    CpuOnly,
}
