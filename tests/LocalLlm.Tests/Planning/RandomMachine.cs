using LocalLlm.Planning;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Planning;

/// <summary>Models, machines and options drawn from a seed.</summary>
internal static class RandomMachine
{
    private const long MiB = 1L << 20;

    private static readonly int[] Embeddings = [256, 512, 896, 1024, 2048, 4096, 8192];

    private static readonly GgmlType[] Types = [GgmlType.Q4_K, GgmlType.Q6_K, GgmlType.Q8_0, GgmlType.F16, GgmlType.Q4_0];

    /// <summary>A header of any family and size.</summary>
    public static TinyModelBuilder Model(Random random)
    {
        int layers = random.Next(2, random.Next(2) == 0 ? 12 : 81);
        int embedding = Embeddings[random.Next(Embeddings.Length)];
        int heads = embedding / 64;
        int headsKv = heads % 4 == 0 && random.Next(3) > 0 ? heads / 4 : heads;
        int feedForward = embedding * random.Next(2, 5);
        int context = 1 << random.Next(11, 18);
        GgmlType type = Types[random.Next(Types.Length)];
        return random.Next(6) switch
        {
            0 => HeaderModels.Dense(layers, embedding, heads, headsKv, feedForward, context, type: type, isTied: random.Next(2) == 0),
            1 => HeaderModels.Experts(layers, embedding, heads, headsKv, embedding / 2, random.Next(4, 65), random.Next(1, 5), context, 64, type),
            2 => HeaderModels.Window(Math.Max(layers, 6), embedding, heads, headsKv, feedForward, context, 64, 256 << random.Next(4), type),
            3 => HeaderModels.Latent(Math.Max(layers, 3), embedding, Math.Max(1, heads / 2), 256, random.Next(8, 33), context, type),
            4 => HeaderModels.Recurrent(layers, embedding, 64, type),
            _ => HeaderModels.Hybrid(Math.Max(layers, 3), embedding, heads, headsKv, feedForward, context, type),
        };
    }

    /// <summary>A machine whose memory is somewhere around what the model needs.</summary>
    public static PlanMachine Machine(Random random, ModelFootprint model)
    {
        long weights = model.Tensors.Sum(tensor => tensor.Bytes);
        GpuSizeRules[] rules = [GpuSizeRules.Cuda, GpuSizeRules.Cuda, GpuSizeRules.Vulkan, GpuSizeRules.Host];
        return new PlanMachine
        {
            RamBytes = (4096 * MiB) + (long)(weights * random.NextDouble() * 2),
            DiskBytesPerSecond = random.Next(2) == 0 ? null : 1_000_000_000,
            Devices = [.. Enumerable.Range(0, random.Next(1, 5)).Select(i => new PlanDevice
            {
                Name = $"gpu{i}",
                FreeBytes = random.Next(12) == 0 ? 0 : (random.Next(600, 2500) * MiB) + (long)(weights * random.NextDouble()),
                ReserveBytes = random.Next(2) == 0 ? 0 : PlanDevice.DefaultReserve,
                Rules = rules[random.Next(rules.Length)],
                CanPipeline = random.Next(4) > 0,
                CopiesQuantizedCache = random.Next(2) == 0,
            })],
        };
    }

    /// <summary>Options for a search.</summary>
    public static PlanOptions Options(Random random, ModelFootprint model) => new()
    {
        ContextLength = random.Next(4) == 0 ? null : Math.Min(model.TrainedContextLength, 256 << random.Next(0, 6)),
        Sequences = random.Next(4) == 0 ? random.Next(1, 5) : 1,
        UnifiedKv = random.Next(4) > 0,
        MicroBatch = random.Next(2) == 0 ? null : 64 << random.Next(0, 5),
        Placement = (PlacementStrategy)random.Next(0, 4),
        KvCacheType = model.Caches.All(cache => cache.KeyHeadElements % 32 == 0) ? (KvCacheType)random.Next(0, 4) : KvCacheType.F16,
        MaxMemory = random.Next(3) == 0 ? Limits(random) : null,
        Margin = random.Next(2) == 0 ? null : random.Next(0, 512) * MiB,
    };

    // Of the first GPU, which every machine has, and often of RAM, with room for what must be there.
    private static MemoryLimits Limits(Random random)
    {
        Dictionary<string, long> devices = new() { ["gpu0"] = random.Next(0, 6000) * MiB };
        if (random.Next(2) == 0)
        {
            devices[random.Next(2) == 0 ? "cpu" : "ram"] = random.Next(3000, 20_000) * MiB;
        }

        return new MemoryLimits { Devices = devices };
    }
}
