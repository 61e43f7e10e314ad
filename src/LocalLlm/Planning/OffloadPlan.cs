using LocalLlm.Planning;

namespace LocalLlm;

/// <summary>
/// Where each part of a model goes on a machine, and what it needs there. <see cref="ToString"/> makes a table,
/// <see cref="ToJson"/> a document for programs. All sizes in bytes.
/// </summary>
public sealed partial record OffloadPlan
{
    internal OffloadPlan(PlanBasis basis) => Basis = basis;

    /// <summary>Path or address of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The model's architecture, such as "llama".</summary>
    public required string Architecture { get; init; }

    /// <summary>Tokens of one conversation.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Why the context has that length.</summary>
    public required string ContextReason { get; init; }

    /// <summary>Conversations of full length that the KV cache holds.</summary>
    public required int Sequences { get; init; }

    /// <summary>Whether all conversations share one set of cells.</summary>
    public required bool UnifiedKv { get; init; }

    /// <summary>Tokens computed at once.</summary>
    public required int MicroBatch { get; init; }

    /// <summary>Most tokens of one step that get logits.</summary>
    public required int MostOutputs { get; init; }

    /// <summary>The type of keys and values.</summary>
    public required KvCacheType KvCacheType { get; init; }

    /// <summary>Whether the plan counts on fused attention. Of a verified plan: llama.cpp is to be told so, for where some layers are in RAM it may leave it by itself.</summary>
    public required bool FlashAttention { get; init; }

    /// <summary>The strategy that was asked for.</summary>
    public required PlacementStrategy Strategy { get; init; }

    /// <summary>Layers of the model, without the output.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Modules from the output backwards that are not on the processor by default: llama.cpp's n_gpu_layers. All of them are one more than the layers.</summary>
    public required int GpuLayers { get; init; }

    /// <summary>Modules of each GPU of the machine, in order.</summary>
    public required IReadOnlyList<int> TensorSplit { get; init; }

    /// <summary>Whether every layer with all its weights is on a GPU.</summary>
    public required bool IsFullOffload { get; init; }

    /// <summary>The GPUs of the machine, those that the plan does not use as well.</summary>
    public required IReadOnlyList<DevicePlan> Devices { get; init; }

    /// <summary>RAM and disk.</summary>
    public required HostPlan Host { get; init; }

    /// <summary>Embeddings, layers and output, in order.</summary>
    public required IReadOnlyList<LayerPlan> Layers { get; init; }

    /// <summary>What one GPU would have to have free for the whole model: budget, without reserve and margin.</summary>
    public required long FullOffloadBytes { get; init; }

    /// <summary>How the figures are known.</summary>
    public required PlanOrigins Origins { get; init; }

    /// <summary>What one should know before the plan is used; may be empty.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Whether llama.cpp itself confirmed the plan.</summary>
    public bool Verified { get; init; }

    /// <summary>How long planning took.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The placement as a map, a copy that can be changed and planned again.</summary>
    public DeviceMap DeviceMap => ExplicitMap.Describe(Basis.Placement, Basis.Model, Basis.Machine);

    /// <summary>What the plan was made of.</summary>
    internal PlanBasis Basis { get; }
}
