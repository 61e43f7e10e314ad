using System.Text.Json;
using LocalLlm.Planning;

namespace LocalLlm;

/// <content>The plan as JSON.</content>
public sealed partial record OffloadPlan
{
    /// <summary>The plan as a JSON document; "version" rises when a field changes its meaning.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new PlanDocument
        {
            Model = Model,
            Architecture = Architecture,
            ContextLength = ContextLength,
            ContextReason = ContextReason,
            Sequences = Sequences,
            UnifiedKv = UnifiedKv,
            MicroBatch = MicroBatch,
            MostOutputs = MostOutputs,
            KvCacheType = KvCacheType,
            FlashAttention = FlashAttention,
            Strategy = Strategy,
            GpuLayers = GpuLayers,
            TensorSplit = TensorSplit,
            Devices = Devices,
            Host = Host,
            Layers = Layers,
            FullOffloadBytes = FullOffloadBytes,
            Origins = Origins,
            Warnings = Warnings,
            Verified = Verified,
            ElapsedMs = Elapsed.TotalMilliseconds,
        },
        PlanJson.Default.PlanDocument);
}
