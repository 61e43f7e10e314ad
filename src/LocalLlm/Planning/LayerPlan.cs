namespace LocalLlm;

/// <summary>Where a plan puts one module.</summary>
/// <param name="Name">"token_embd", "blk.7" or "output".</param>
/// <param name="Device">Its device: "gpu0" or "cpu".</param>
/// <param name="WeightBytes">Bytes of its weights, wherever single tensors of it are.</param>
/// <param name="KvCacheBytes">Bytes that it keeps of the context.</param>
public sealed record LayerPlan(string Name, string Device, long WeightBytes, long KvCacheBytes)
{
    /// <summary>Those of the weights that are elsewhere, in bytes: experts in RAM.</summary>
    public long WeightBytesElsewhere { get; init; }
}
