namespace LocalLlm;

/// <summary>The system's memory.</summary>
public sealed record RamProfile
{
    /// <summary>All physical memory, in bytes.</summary>
    public required long TotalBytes { get; init; }

    /// <summary>What this process can still take without pushing the machine, or its container, over its limit, in bytes. Swap is not counted, page cache is.</summary>
    public required long AvailableBytes { get; init; }

    /// <summary>The limit that bounds <see cref="AvailableBytes"/>, in bytes; null where that is the physical memory.</summary>
    public long? LimitBytes { get; init; }

    /// <summary>Who set <see cref="LimitBytes"/>, such as <c>memory.max of the control group /docker/1f2e</c>.</summary>
    public string? LimitedBy { get; init; }

    /// <summary>Swap space, in bytes. Nothing is planned on it.</summary>
    public long SwapBytes { get; init; }

    /// <summary>Measured read bandwidth with all usable cores, in bytes per second; null: not measured.</summary>
    public long? BytesPerSecond { get; init; }
}
