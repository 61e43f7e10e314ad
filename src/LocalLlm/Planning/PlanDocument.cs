namespace LocalLlm.Planning;

/// <summary>The fields of a plan's JSON, in their order.</summary>
internal sealed record PlanDocument
{
    public int Version { get; } = 1;

    public required string Model { get; init; }

    public required string Architecture { get; init; }

    public required int ContextLength { get; init; }

    public required string ContextReason { get; init; }

    public required int Sequences { get; init; }

    public required bool UnifiedKv { get; init; }

    public required int MicroBatch { get; init; }

    public required int MostOutputs { get; init; }

    public required KvCacheType KvCacheType { get; init; }

    public required bool FlashAttention { get; init; }

    public required PlacementStrategy Strategy { get; init; }

    public required int GpuLayers { get; init; }

    public required IReadOnlyList<int> TensorSplit { get; init; }

    public required IReadOnlyList<DevicePlan> Devices { get; init; }

    public required HostPlan Host { get; init; }

    public required IReadOnlyList<LayerPlan> Layers { get; init; }

    public required long FullOffloadBytes { get; init; }

    public required PlanOrigins Origins { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    public required bool Verified { get; init; }

    public required double ElapsedMs { get; init; }
}
