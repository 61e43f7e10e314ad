using System.Globalization;
using LocalLlm.Planning;

namespace LocalLlm.Tests.Planning;

/// <summary>
/// The invariants of plans over random headers and machines: 25 headers with 40 machines each, or 200 headers where LOCALLLM_TESTS
/// is "all". LOCALLLM_SEED repeats a run.
/// </summary>
public sealed class PlanPropertyTests
{
    private const int Machines = 40;

    private static readonly int Headers = Requirement.RunsAll ? 200 : 25;

    [Fact]
    public void No_plan_is_over_a_budget_loses_a_byte_or_divides_a_device() => Each((model, drawn, options, random) =>
    {
        bool sharesRam = random.Next(6) == 0;
        PlanMachine machine = drawn with { Devices = [.. drawn.Devices.Select(device => device with { SharesRam = sharesRam })] };
        OffloadPlan plan = StageOne.Plan(model, machine, options);
        PlanTests.AssertSound(plan);
        AssertBudgets(plan, machine, options);
        Assert.All(plan.ToString().Split('\n'), line => Assert.InRange(line.Length, 0, 100));

        // Contiguous, in the order of the devices, the lowest layers in RAM.
        int[] modules = plan.Basis.Placement.Modules;
        Assert.Equal(modules.Order(), modules);
        Assert.Equal(modules.Length, model.LayerCount + 1);
        Assert.All(machine.Devices.Index().Where(device => plan.Devices[device.Index].BudgetBytes == 0), device => Assert.Equal(0, plan.Devices[device.Index].UsedBytes));

        // Every tensor is somewhere once; what is more is padding, tied embeddings and what each device has.
        long tensors = model.Tensors.Where(tensor => tensor.Home.Kind != TensorHomeKind.Skipped).Sum(tensor => tensor.Bytes);
        long copy = model.OutputTied is { } output && modules[^1] >= 0 ? output.Bytes : 0;
        long placed = plan.Devices.Sum(device => device.WeightBytes) + plan.Host.WeightBytes;
        long padding = model.Tensors.Sum(tensor => 256 + (tensor.Type.IsQuantized() ? 512L * tensor.Type.TypeSize() / tensor.Type.BlockSize() : 0)) + 4096;
        Assert.InRange(placed, tensors + copy, tensors + copy + padding);
        // What is not mapped is copied; of tied embeddings, which are looked up as well, only the copy.
        long copied = plan.Host.WeightBytes - plan.Host.ResidentBytes - plan.Host.DiskBytes;
        Assert.Contains(plan.Host.CopiedBytes - copied, copied > 0 ? [0, model.OutputTied is { } tied ? ModelFootprint.Bytes(tied, GpuSizeRules.Host) : 0] : (long[])[0]);
    });

    [Fact]
    public void More_memory_on_one_gpu_never_lowers_the_number_of_layers() => Each((model, machine, options, random) =>
    {
        PlanOptions fixedOptions = options with { ContextLength = options.ContextLength ?? 1024, MaxMemory = null, Margin = 0 };
        int device = random.Next(machine.Devices.Count);
        PlanDevice[] devices = [.. machine.Devices];
        devices[device] = devices[device] with { FreeBytes = devices[device].FreeBytes + ((long)random.Next(1, 4000) << 20) };
        OffloadPlan less = StageOne.Plan(model, machine, fixedOptions);
        OffloadPlan more = StageOne.Plan(model, machine with { Devices = devices }, fixedOptions);
        Assert.True(more.TensorSplit.Sum() >= less.TensorSplit.Sum());
        if (more.TensorSplit.Sum() == less.TensorSplit.Sum() && more.TensorSplit.Sum() > 0)
        {
            Assert.True(more.Basis.Placement.FirstExpertLayer <= less.Basis.Placement.FirstExpertLayer);
        }
    });

    [Fact]
    public void Longer_contexts_larger_batches_and_more_sequences_never_take_less() => Each((model, _, options, random) =>
    {
        CacheSettings settings = new()
        {
            ContextLength = options.ContextLength ?? 1024,
            Sequences = options.Sequences,
            IsUnified = options.UnifiedKv,
            MicroBatch = options.MicroBatch ?? 512,
        };
        CacheSettings[] larger =
        [
            settings with { ContextLength = settings.ContextLength + random.Next(1, 5000) },
            settings with { MicroBatch = settings.MicroBatch + random.Next(1, 1000) },
            settings with { Sequences = settings.Sequences + 1 },
            settings with { MostOutputs = settings.MostOutputs + random.Next(1, 100) },
        ];
        DeviceRole role = new() { IsFirst = random.Next(2) == 0, IsAlone = random.Next(2) == 0, HasOutput = random.Next(2) == 0, LargestHostTensor = random.Next(2) * 1_000_000 };
        foreach (CacheSettings more in larger)
        {
            Assert.True(CacheBytes(model, more) >= CacheBytes(model, settings));
            Assert.True(new ComputeBound(model, more).Device(role) >= new ComputeBound(model, settings).Device(role));
            HostRole host = new(HasGpu: true, HasLayers: true, HasOutput: true, random.Next(2) == 0);
            Assert.True(new ComputeBound(model, more).Host(host) >= new ComputeBound(model, settings).Host(host));
        }

        // What a layer keeps of every token grows with the cells alone, a state with the sequences alone.
        CacheSettings one = new() { ContextLength = CacheSettings.Grid };
        int times = random.Next(2, 400);
        foreach (LayerCache cache in model.Caches.Where(cache => cache.Window == 0))
        {
            bool hasState = cache.KeyElements is null;
            long once = cache.Bytes(one, GpuSizeRules.Host);
            Assert.Equal(hasState ? once : once * times, cache.Bytes(one with { ContextLength = CacheSettings.Grid * times }, GpuSizeRules.Host));
            Assert.Equal(once * times, cache.Bytes(one with { Sequences = times }, GpuSizeRules.Host));
        }

        if (model.Caches.All(cache => cache.KeyHeadElements % 32 == 0))
        {
            CacheSettings q8 = settings with { KeyType = GgmlType.Q8_0, ValueType = GgmlType.Q8_0 };
            Assert.True(CacheBytes(model, settings) >= CacheBytes(model, q8));
            Assert.True(CacheBytes(model, q8) >= CacheBytes(model, settings with { KeyType = GgmlType.Q4_0, ValueType = GgmlType.Q4_0 }));
        }
    });

    [Fact]
    public void Strategies_keep_their_promises() => Each((model, machine, options, _) =>
    {
        PlanOptions common = options with { ContextLength = options.ContextLength ?? 1024, MicroBatch = 256 };
        OffloadPlan balanced = StageOne.Plan(model, machine, common with { Placement = PlacementStrategy.Balanced });
        OffloadPlan sequential = StageOne.Plan(model, machine, common with { Placement = PlacementStrategy.Sequential });
        OffloadPlan low = StageOne.Plan(model, machine, common with { Placement = PlacementStrategy.BalancedLow0 });
        Assert.Equal(balanced.TensorSplit.Sum(), sequential.TensorSplit.Sum());
        Assert.Equal(balanced.TensorSplit.Sum(), low.TensorSplit.Sum());
        Assert.True(Fullness(balanced) <= Fullness(sequential) + 1e-4);
        Assert.True(low.Devices[0].UsedBytes <= balanced.Devices[0].UsedBytes);

        // A layer more would not have fitted on any but the last GPU in use.
        int[] used = [.. sequential.TensorSplit.Index().Where(split => split.Item > 0).Select(split => split.Index)];
        foreach (int device in used.SkipLast(1))
        {
            int next = sequential.Basis.Placement.Modules.AsSpan().LastIndexOf(device) + 1;
            LayerPlan layer = sequential.Layers[next + 1];
            long bytes = layer.WeightBytes - layer.WeightBytesElsewhere + layer.KvCacheBytes;
            // The last in use needs a module. The next device may round sizes up further.
            bool isLastOfNext = next == model.LayerCount;
            Assert.True(isLastOfNext || sequential.Devices[device].UsedBytes + bytes + (bytes / 100) + (1 << 20) > sequential.Devices[device].BudgetBytes, $"{sequential}");
        }
    });

    [Fact]
    public void Equal_gpus_are_interchangeable_and_plans_repeat() => Each((model, machine, options, random) =>
    {
        OffloadPlan plan = StageOne.Plan(model, machine, options);
        OffloadPlan again = StageOne.Plan(model, machine, options);
        Assert.Equal(plan.Layers, again.Layers);
        Assert.Equal(plan.Devices, again.Devices);
        Assert.Equal(plan.Host, again.Host);

        PlanMachine twins = machine with { Devices = [machine.Devices[0], machine.Devices[0] with { Name = "gpu1" }] };
        PlanMachine swapped = twins with { Devices = [.. twins.Devices.Reverse()] };
        PlanOptions plain = options with { MaxMemory = null };
        Assert.Equal(StageOne.Plan(model, twins, plain).TensorSplit, StageOne.Plan(model, swapped, plain).TensorSplit);

        // A GPU without memory, or that may use none, gets nothing and changes nothing. It can be the first one, to be spared.
        int place = random.Next(options.Placement == PlacementStrategy.BalancedLow0 ? 1 : 0, machine.Devices.Count + 1);
        List<PlanDevice> devices = [.. machine.Devices];
        devices.Insert(place, new PlanDevice { Name = "gpu9", FreeBytes = random.Next(2) == 0 ? 0 : 24L << 30 });
        Dictionary<string, long> limits = new(options.MaxMemory?.Devices ?? new Dictionary<string, long>()) { ["gpu9"] = 0 };
        List<int> split = [.. plan.TensorSplit];
        split.Insert(place, 0);
        OffloadPlan wider = StageOne.Plan(model, machine with { Devices = devices }, options with { MaxMemory = new MemoryLimits { Devices = limits } });
        Assert.Equal(split, wider.TensorSplit);
        Assert.Equal(plan.Layers, wider.Layers);
    });

    [Fact]
    public void A_gpu_of_the_size_that_a_plan_names_holds_everything_and_a_byte_less_does_not() => Each((model, machine, options, _) =>
    {
        PlanOptions exact = options with { ContextLength = options.ContextLength ?? 1024, MicroBatch = options.MicroBatch ?? 512, MaxMemory = null, Margin = 0 };
        long bytes = StageOne.Plan(model, machine, exact).FullOffloadBytes;
        Assert.True(StageOne.Plan(model, One(bytes), exact).IsFullOffload);
        Assert.False(StageOne.Plan(model, One(bytes - 1), exact).IsFullOffload);

        PlanMachine One(long freeBytes) => machine with { Devices = [machine.Devices[0] with { FreeBytes = freeBytes, ReserveBytes = 0 }] };
    });

    [Fact]
    public void A_placement_of_ones_own_is_kept_or_refused_with_the_numbers() => Each((model, machine, options, random) =>
    {
        PlanOptions common = options with { ContextLength = options.ContextLength ?? 1024, MicroBatch = 256 };
        int count = random.Next(0, model.LayerCount + 2);
        float[] parts = [.. machine.Devices.Select(_ => (float)random.Next(0, 4))];
        parts[random.Next(parts.Length)] = 1;
        AssertKept(common with { GpuLayers = count }, count);
        AssertKept(common with { GpuLayers = count, TensorSplit = parts }, count);

        // The map of a plan makes the same plan again, but for a pipeline, which it can't ask for.
        OffloadPlan plan = StageOne.Plan(model, machine, common);
        OffloadPlan mapped = StageOne.Plan(model, machine, common with { DeviceMap = plan.DeviceMap });
        Assert.Equal(plan.Layers, mapped.Layers);
        Assert.Equal(plan.Devices.Select(device => (device.WeightBytes, device.KvCacheBytes)), mapped.Devices.Select(device => (device.WeightBytes, device.KvCacheBytes)));
        Assert.All(plan.Devices.Zip(mapped.Devices), pair => Assert.True(pair.Second.ComputeBytes <= pair.First.ComputeBytes));

        void AssertKept(PlanOptions own, int modules)
        {
            try
            {
                OffloadPlan kept = StageOne.Plan(model, machine, own);
                PlanTests.AssertSound(kept);
                AssertBudgets(kept, machine, own);
                Assert.Equal(modules, kept.TensorSplit.Sum());
                Assert.All(own.TensorSplit?.Zip(kept.TensorSplit) ?? [], pair => Assert.True(pair.First > 0 || pair.Second == 0));
            }
            catch (NotEnoughMemoryException refused)
            {
                Assert.True(refused.NeededBytes > refused.AvailableBytes);
                OffloadPlan forced = StageOne.Plan(model, machine, own with { AllowOverBudget = true });
                Assert.Equal(modules, forced.TensorSplit.Sum());
                Assert.Contains(forced.Warnings, warning => warning.StartsWith("Over budget", StringComparison.Ordinal));
            }
        }
    });

    private static void AssertBudgets(OffloadPlan plan, PlanMachine machine, PlanOptions options)
    {
        IReadOnlyDictionary<string, long> limits = options.MaxMemory?.Devices ?? new Dictionary<string, long>();
        foreach ((int i, PlanDevice device) in machine.Devices.Index())
        {
            Assert.Equal(Budget(device.FreeBytes!.Value, device.ReserveBytes, device.Name), plan.Devices[i].BudgetBytes);
        }

        long shared = machine.Devices.Zip(plan.Devices).Where(pair => pair.First.SharesRam).Sum(pair => pair.Second.UsedBytes);
        Assert.Equal(Math.Max(0, Budget(machine.RamBytes, 0, "cpu", "ram") - shared), plan.Host.BudgetBytes);

        long Budget(long free, long reserve, params string[] names)
        {
            long allowed = names.Aggregate(free, (least, name) => Math.Min(least, limits.GetValueOrDefault(name, long.MaxValue)));
            return Math.Max(0, allowed - reserve - (options.Margin ?? ((256L << 20) + (allowed / 50))));
        }
    }

    private static long CacheBytes(ModelFootprint model, CacheSettings settings) => model.Caches.Sum(cache => cache.Bytes(settings, GpuSizeRules.Cuda));

    private static double Fullness(OffloadPlan plan) => plan.Devices.Max(device => device.UsedBytes == 0 ? 0 : (double)device.UsedBytes / device.BudgetBytes);

    // A machine too small for what must be in RAM is a typed error, and no case.
    private static void Each(Action<ModelFootprint, PlanMachine, PlanOptions, Random> property)
    {
        string? text = Environment.GetEnvironmentVariable("LOCALLLM_SEED");
        int seed = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : 20261125;
        Random random = new(seed);
        int planned = 0;
        for (int i = 0; i < Headers; i++)
        {
            ModelFootprint model = HeaderModels.Footprint(RandomMachine.Model(random));
            for (int j = 0; j < Machines; j++)
            {
                PlanMachine machine = RandomMachine.Machine(random, model);
                PlanOptions options = RandomMachine.Options(random, model);
                try
                {
                    property(model, machine, options, random);
                    planned++;
                }
                catch (NotEnoughMemoryException e)
                {
                    Assert.Equal("cpu", e.Device);
                }
                catch (Exception e)
                {
                    Assert.Fail($"LOCALLLM_SEED={seed} repeats this ({model.Architecture}, {model.LayerCount} layers, {options}, {string.Join(", ", machine.Devices)}).\n{e}");
                }
            }
        }

        Assert.True(planned > Headers * Machines / 2, $"Only {planned} cases were planned.");
    }
}
