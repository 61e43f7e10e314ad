namespace LocalLlm;

/// <summary>What a plan puts into RAM. All sizes in bytes.</summary>
public sealed record HostPlan
{
    /// <summary>Modules that the processor computes.</summary>
    public required int Modules { get; init; }

    /// <summary>Weights that no GPU has, the input embeddings among them.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Those of the weights that are copied into memory of the process, for a layout that the processor computes faster with or because it was asked for. They must fit; the others are mapped.</summary>
    public required long CopiedBytes { get; init; }

    /// <summary>The part of the file that is kept in RAM because it was asked for: all that lies before the last weight in RAM is counted. It must fit.</summary>
    public required long LockedBytes { get; init; }

    /// <summary>Keys, values and recurrent states. They must fit.</summary>
    public required long KvCacheBytes { get; init; }

    /// <summary>Intermediate results and logits. They must fit.</summary>
    public required long ComputeBytes { get; init; }

    /// <summary>Mapped weights that find room in RAM.</summary>
    public required long ResidentBytes { get; init; }

    /// <summary>Mapped weights that don't: they are read from the disk again and again.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>An upper limit of tokens per second that reading from the disk sets; null where nothing is read or the disk's speed is not known.</summary>
    public required double? DiskTokensPerSecond { get; init; }

    /// <summary>What was available when the plan was made.</summary>
    public required long FreeBytes { get; init; }

    /// <summary>What the plan may use: min(limit, available) − reserve − margin, less what GPUs without memory of their own take of it.</summary>
    public required long BudgetBytes { get; init; }

    /// <summary>What must be in RAM: copied and locked weights, KV cache and compute buffers.</summary>
    public long UsedBytes => CopiedBytes + LockedBytes + KvCacheBytes + ComputeBytes;
}
