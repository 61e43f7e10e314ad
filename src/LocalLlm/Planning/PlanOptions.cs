namespace LocalLlm;

/// <summary>What a plan is for.</summary>
public record PlanOptions
{
    /// <summary>
    /// Context of one conversation, in tokens: prompt and answer together. Null (default): the longest that keeps all layers
    /// on the GPUs; 4,096 where they can't hold all; on a machine without them the longest that takes at most half of the RAM. At most the length
    /// that the model was trained for.
    /// </summary>
    public int? ContextLength { get; init; }

    /// <summary>How many conversations of full length the KV cache holds at a time, 1 to 256. Default 1.</summary>
    public int Sequences { get; init; } = 1;

    /// <summary>Whether all conversations share one set of cells, of <see cref="Sequences"/> × <see cref="ContextLength"/> tokens. Default true.</summary>
    public bool UnifiedKv { get; init; } = true;

    /// <summary>The type of keys and values. Default Auto, which is F16.</summary>
    public KvCacheType KvCacheType { get; init; }

    /// <summary>How layers are spread over devices. Default Auto.</summary>
    public PlacementStrategy Placement { get; init; }

    /// <summary>What each device may be used for at most, in bytes. Null (default): all that is free.</summary>
    public MemoryLimits? MaxMemory { get; init; }

    /// <summary>Bytes that stay free on each device and in RAM, for growth and fragmentation. Null (default): 256 MiB and 2 %.</summary>
    public long? Margin { get; init; }

    /// <summary>An explicit placement, instead of a search. Null (default): none.</summary>
    public DeviceMap? DeviceMap { get; init; }

    /// <summary>How many modules, counted from the output backwards, go to GPUs: llama.cpp's n_gpu_layers. Null (default): as many as fit.</summary>
    public int? GpuLayers { get; init; }

    /// <summary>How the modules on GPUs are divided over them, in parts for each GPU of the machine: llama.cpp's tensor_split. Null (default): by <see cref="Placement"/>.</summary>
    public IReadOnlyList<float>? TensorSplit { get; init; }

    /// <summary>Tokens computed at once, at least 1. Null (default): 512, or fewer where that puts more layers on GPUs.</summary>
    public int? MicroBatch { get; init; }

    /// <summary>Most tokens of one step that get logits: 0 for llama.cpp's default (2048), or at least <see cref="Sequences"/>. A loaded model computes no more calls than that together. Null (default): <see cref="Sequences"/>, at least 32 for models with plain attention.</summary>
    public int? MostOutputs { get; init; }

    /// <summary>Whether attention is fused. Default Auto.</summary>
    public FlashAttention FlashAttention { get; init; }

    /// <summary>How the weights that no GPU has get into RAM. Default Auto.</summary>
    public WeightLoading WeightLoading { get; init; }

    /// <summary>Whether an explicit placement that is over a budget is planned with a warning. Default false: it is refused with the numbers.</summary>
    public bool AllowOverBudget { get; init; }

    /// <summary>
    /// Whether llama.cpp itself is asked about the plan, without allocating weights or KV cache: where the machine's devices are this
    /// process's. Default true.
    /// </summary>
    public bool Verify { get; init; } = true;

    /// <summary>Whether a plan may put anything on a GPU.</summary>
    internal bool MayUseGpus => Placement != PlacementStrategy.CpuOnly && GpuLayers != 0;

    /// <summary>The options without limits of GPUs that are not even looked for.</summary>
    internal PlanOptions WithUsableLimits() => MaxMemory is { } limits && !MayUseGpus ? this with { MaxMemory = limits.WithoutGpus() } : this;

    internal void ValidatePlan()
    {
        if (ContextLength is { } context)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(context, nameof(ContextLength));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(Sequences, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Sequences, 256);
        ArgumentOutOfRangeException.ThrowIfLessThan(MicroBatch ?? 1, 1, nameof(MicroBatch));
        ArgumentOutOfRangeException.ThrowIfNegative(GpuLayers ?? 0, nameof(GpuLayers));
        ArgumentOutOfRangeException.ThrowIfNegative(Margin ?? 0, nameof(Margin));
        if (MostOutputs is { } outputs and not 0)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(outputs, Sequences, nameof(MostOutputs));
        }

        if ((long)(ContextLength ?? 0) * Sequences > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(ContextLength), ContextLength, $"{Sequences} sequences of {ContextLength} tokens are more than the {int.MaxValue} that one KV cache can address.");
        }

        if (KvCacheType is KvCacheType.Q8_0 or KvCacheType.Q4_0 && FlashAttention == FlashAttention.Off)
        {
            throw new ArgumentException($"Values of type {KvCacheType} need flash attention.", nameof(FlashAttention));
        }

        if (DeviceMap is not null && (GpuLayers is not null || TensorSplit is not null))
        {
            throw new ArgumentException($"{nameof(DeviceMap)} says where everything goes: leave {nameof(GpuLayers)} and {nameof(TensorSplit)} out.", nameof(DeviceMap));
        }

        if (Placement == PlacementStrategy.CpuOnly && (GpuLayers > 0 || TensorSplit is not null || DeviceMap is not null))
        {
            throw new ArgumentException($"{nameof(PlacementStrategy.CpuOnly)} leaves GPUs alone: leave {nameof(GpuLayers)}, {nameof(TensorSplit)} and {nameof(DeviceMap)} out.", nameof(Placement));
        }

        if (TensorSplit is { } split && (split.Any(part => !(part >= 0) || float.IsInfinity(part)) || !split.Any(part => part > 0)))
        {
            throw new ArgumentException("The parts are numbers from 0, at least one of them larger.", nameof(TensorSplit));
        }
    }
}
