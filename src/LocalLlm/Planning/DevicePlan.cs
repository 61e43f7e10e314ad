namespace LocalLlm;

/// <summary>What a plan puts on one GPU. All sizes in bytes.</summary>
public sealed record DevicePlan
{
    /// <summary>"gpu0", by its place in the machine.</summary>
    public required string Name { get; init; }

    /// <summary>Modules on it: layers, and the output.</summary>
    public required int Modules { get; init; }

    /// <summary>Weights, rounded as its buffers round them.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Keys, values and recurrent states.</summary>
    public required long KvCacheBytes { get; init; }

    /// <summary>The buffer that intermediate results need.</summary>
    public required long ComputeBytes { get; init; }

    /// <summary>What is taken before the model's first buffer, such as the driver's context.</summary>
    public required long ReserveBytes { get; init; }

    /// <summary>What stays free for growth and fragmentation.</summary>
    public required long MarginBytes { get; init; }

    /// <summary>What was free when the plan was made; 0 where the driver does not tell.</summary>
    public required long FreeBytes { get; init; }

    /// <summary>What the plan may use: min(limit, free) − reserve − margin.</summary>
    public required long BudgetBytes { get; init; }

    /// <summary>Weights, KV cache and compute buffer together.</summary>
    public long UsedBytes => WeightBytes + KvCacheBytes + ComputeBytes;
}
