using LocalLlm.Planning;

namespace LocalLlm.Tests.Planning;

/// <summary>What a plan is asked for, drawn at random.</summary>
internal static class ExactnessCase
{
    private const long MiB = 1L << 20;

    public static PlanOptions Options(Random random, ModelFootprint model, PlanMachine machine)
    {
        PlanOptions options = new()
        {
            ContextLength = random.Next(5) == 0 ? null : Math.Min(model.TrainedContextLength, (1 << random.Next(9, 17)) - random.Next(2)),
            Sequences = random.Next(3) == 0 ? random.Next(1, 9) : 1,
            UnifiedKv = random.Next(3) > 0,
            MicroBatch = random.Next(3) > 0 ? null : 64 << random.Next(0, 6),
            MostOutputs = random.Next(4) > 0 ? null : 0,
            Placement = (PlacementStrategy)random.Next(0, 4),
            KvCacheType = random.Next(2) == 0 ? KvCacheType.F16 : (KvCacheType)random.Next(2, 4),
            Margin = random.Next(2) == 0 ? null : random.Next(0, 512) * MiB,
            MaxMemory = random.Next(3) > 0 ? null : new MemoryLimits
            {
                Devices = new Dictionary<string, long> { [$"gpu{random.Next(machine.Devices.Count)}"] = random.Next(0, 16000) * MiB },
            },
        };
        if (options.KvCacheType == KvCacheType.F16 && random.Next(4) == 0)
        {
            options = options with { FlashAttention = FlashAttention.Off };
        }

        int modules = model.LayerCount + 1;
        return random.Next(6) switch
        {
            0 => options with { GpuLayers = random.Next(0, modules + 1) },
            1 => options with { TensorSplit = [.. machine.Devices.Select(_ => (float)random.Next(1, 10))], GpuLayers = random.Next(1, modules + 1) },
            2 when model.HasExperts => options with { DeviceMap = WithExperts(random, modules) },
            _ => options,
        };
    }

    // Experts of some layers in RAM, those of one on another GPU than the layer.
    private static DeviceMap WithExperts(Random random, int modules) => new()
    {
        [$"blk.0-{modules - 2}"] = "gpu0",
        ["output"] = "gpu0",
        [$"blk.{random.Next(1, 10)}*.ffn_*_exps.*"] = "cpu",
        [$"blk.{random.Next(1, modules - 1)}.ffn_down_exps.weight"] = "cpu",
    };
}
