using LocalLlm.Planning;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Planning;

public sealed class PlanTests
{
    private const long GiB = 1L << 30;

    private static readonly ModelFootprint Llama8B = HeaderModels.Footprint(HeaderModels.Llama8B());

    private static readonly ModelFootprint Llama70B = HeaderModels.Footprint(HeaderModels.Llama70B());

    private static readonly ModelFootprint Experts30B = HeaderModels.Footprint(HeaderModels.Experts());

    [Fact]
    public void What_fits_one_gpu_goes_there_whole()
    {
        OffloadPlan plan = Plan(Llama8B, Machine(64, 24), new PlanOptions { ContextLength = 8192 });
        Assert.True(plan.IsFullOffload);
        Assert.Equal((33, 33), (plan.GpuLayers, plan.TensorSplit[0]));
        Assert.Equal(["gpu0"], plan.Basis.Native.Devices);
        Assert.Empty(plan.Basis.Native.Overrides);
        Assert.Equal("cpu", plan.Layers[0].Device);
        Assert.Equal(1024L << 20, plan.Devices[0].KvCacheBytes);
        Assert.Equal(plan.Devices[0].UsedBytes, plan.FullOffloadBytes);
        AssertSound(plan);
    }

    [Fact]
    public void Of_two_gpus_one_is_used_when_one_is_enough()
    {
        PlanMachine machine = Machine(64, 12, 12);
        Assert.Equal(1, Used(Plan(Llama8B, machine, new PlanOptions { ContextLength = 8192 })));
        Assert.Equal(2, Used(Plan(Llama8B, machine, new PlanOptions { ContextLength = 8192, Placement = PlacementStrategy.Balanced })));
        OffloadPlan large = Plan(Llama8B, machine, new PlanOptions { ContextLength = 65536 });
        Assert.Equal(2, Used(large));
        Assert.True(large.IsFullOffload);
    }

    // Accelerate's balanced cases, by meaning: equal GPUs share, a GPU without memory is not counted, the first can be spared.
    [Fact]
    public void Balanced_shares_and_low_0_spares_the_first()
    {
        PlanOptions balanced = new() { ContextLength = 8192, Placement = PlacementStrategy.Balanced };
        PlanOptions low = balanced with { Placement = PlacementStrategy.BalancedLow0 };
        int[] equal = [.. Plan(Llama8B, Machine(64, 24, 24), balanced).TensorSplit];
        Assert.InRange(equal[0] - equal[1], -3, 3);
        Assert.Equal([33], Plan(Llama8B, Machine(64, 24), balanced).TensorSplit);
        int[] unequal = [.. Plan(Llama8B, Machine(64, 24, 8), balanced).TensorSplit];
        Assert.True(unequal[0] > 2 * unequal[1]);
        Assert.Equal([0, 33], Plan(Llama8B, Machine(64, 0, 24), balanced).TensorSplit);
        Assert.Equal([0, 33], Plan(Llama8B, Machine(64, 24, 24), low).TensorSplit);
        OffloadPlan spared = Plan(Llama70B, Machine(64, 24, 24), low);
        Assert.Equal(Plan(Llama70B, Machine(64, 24, 24), balanced).TensorSplit.Sum(), spared.TensorSplit.Sum());
        Assert.True(spared.TensorSplit[0] < spared.TensorSplit[1]);
        Assert.Equal([33, 0], Plan(Llama8B, Machine(64, 24, 24), balanced with { Placement = PlacementStrategy.Sequential }).TensorSplit);
    }

    // Accelerate's case of a device that is exactly full: the third stays empty.
    [Fact]
    public void Gpus_can_be_filled_to_the_last_byte()
    {
        PlanOptions options = new() { ContextLength = 4096, MicroBatch = 512, Margin = 0, Placement = PlacementStrategy.Sequential };
        // Without pipelines, which would be given up first.
        PlanMachine machine = Machine(64, 3, 8, 8);
        machine = machine with { Devices = [.. machine.Devices.Select(device => device with { CanPipeline = false })] };
        OffloadPlan roomy = Plan(Llama8B, machine, options);
        Assert.Equal(33, roomy.TensorSplit[0] + roomy.TensorSplit[1]);
        PlanDevice[] full = [.. machine.Devices.Select((device, i) => device with { FreeBytes = i == 2 ? device.FreeBytes : roomy.Devices[i].UsedBytes + device.ReserveBytes })];

        OffloadPlan exact = Plan(Llama8B, machine with { Devices = full }, options);
        Assert.Equal(roomy.TensorSplit, exact.TensorSplit);
        Assert.All(exact.Devices.Take(2), device => Assert.Equal(device.BudgetBytes, device.UsedBytes));

        full[1] = full[1] with { FreeBytes = full[1].FreeBytes - 1 };
        Assert.True(Plan(Llama8B, machine with { Devices = full }, options).TensorSplit[2] > 0);
    }

    // Accelerate's tied weights: they go where the output goes, and count once where input and output share them.
    [Fact]
    public void Tied_embeddings_count_on_the_gpu_that_has_the_output_and_in_ram()
    {
        ModelFootprint model = HeaderModels.Footprint(HeaderModels.Dense(16, 2048, 32, 8, 8192, head: 64, isTied: true));
        long embeddings = model.OutputTied!.Bytes;
        OffloadPlan gpus = Plan(model, Machine(64, 24, 24), new PlanOptions { ContextLength = 4096, TensorSplit = [1, 1] });
        OffloadPlan cpu = Plan(model, Machine(64), new PlanOptions { ContextLength = 4096 });
        long tensors = model.Tensors.Sum(tensor => tensor.Bytes);
        Assert.Equal(embeddings, gpus.Host.WeightBytes);
        Assert.Equal(tensors + embeddings, gpus.Host.WeightBytes + gpus.Devices.Sum(device => device.WeightBytes));
        Assert.InRange(gpus.Layers[^1].WeightBytes, embeddings, embeddings + (1 << 20));
        Assert.Equal(tensors, cpu.Host.WeightBytes);
    }

    [Fact]
    public void Without_room_for_a_pipeline_it_is_turned_off_by_an_override()
    {
        bool seenOn = false;
        bool seenOff = false;
        for (int context = 32768; context <= 131072 && !(seenOn && seenOff); context += 1024)
        {
            OffloadPlan plan = Plan(Llama8B, Machine(64, 10, 10), new PlanOptions { ContextLength = context, Placement = PlacementStrategy.Balanced });
            if (plan.IsFullOffload && Used(plan) == 2)
            {
                Assert.Equal(plan.Basis.Placement.IsPipelined ? [] : [NativeOverride.NoPipeline], plan.Basis.Native.Overrides);
                seenOn |= plan.Basis.Placement.IsPipelined;
                seenOff |= !plan.Basis.Placement.IsPipelined;
            }

            AssertSound(plan);
        }

        Assert.True(seenOn && seenOff);
    }

    [Fact]
    public void The_first_layers_stay_in_ram_when_not_all_fit()
    {
        OffloadPlan plan = Plan(Llama70B, Machine(128, 24), new PlanOptions { ContextLength = 8192 });
        Assert.False(plan.IsFullOffload);
        Assert.InRange(plan.GpuLayers, 20, 80);
        Assert.Equal(Enumerable.Repeat("cpu", 81 - plan.GpuLayers).Concat(Enumerable.Repeat("gpu0", plan.GpuLayers)), plan.Layers.Skip(1).Select(layer => layer.Device));
        Assert.Equal(0, plan.Host.DiskBytes);
        AssertSound(plan);
    }

    [Fact]
    public void Experts_go_to_ram_before_any_layer_does()
    {
        OffloadPlan plan = Plan(Experts30B, Machine(64, 12), new PlanOptions { ContextLength = 16384 });
        Assert.Equal(49, plan.GpuLayers);
        Assert.False(plan.IsFullOffload);
        int first = plan.Basis.Placement.FirstExpertLayer;
        Assert.InRange(first, 1, 47);
        NativeOverride experts = Assert.Single(plan.Basis.Native.Overrides);
        Assert.Equal(("cpu", true, false), (experts.Device, IsMatch(experts, $"blk.{first - 1}.ffn_up_exps.weight"), IsMatch(experts, $"blk.{first}.ffn_up_exps.weight")));
        Assert.False(IsMatch(experts, "blk.0.ffn_up_shexp.weight"));
        Assert.Equal(first, plan.Layers.Count(layer => layer.WeightBytesElsewhere > 0));
        AssertSound(plan);
    }

    [Fact]
    public void Experts_need_less_memory_for_all_dense_parts_than_layers_as_wholes()
    {
        OffloadPlan plan = Plan(Experts30B, Machine(64, 5), new PlanOptions { ContextLength = 4096 });
        Assert.Equal(49, plan.GpuLayers);
        AssertSound(plan);
    }

    [Fact]
    public void Where_not_all_dense_parts_fit_the_layers_on_a_gpu_keep_the_experts_that_do()
    {
        ModelFootprint model = HeaderModels.Footprint(HeaderModels.Experts(48, 4096, 64, 8, 256, 4, 2, head: 128));
        OffloadPlan plan = Plan(model, Machine(64, 2), new PlanOptions { ContextLength = 4096, MicroBatch = 512, Placement = PlacementStrategy.Balanced });
        long experts = model.Tensors.Where(tensor => tensor.Part == LayerPart.Experts && tensor.Home.Layer == 47).Sum(tensor => tensor.Bytes);
        Assert.InRange(plan.GpuLayers, 2, 48);
        int kept = plan.Layers.Count(layer => layer.Device == "gpu0" && layer.WeightBytesElsewhere > 0);
        Assert.True(kept == 0 || plan.Devices[0].BudgetBytes - plan.Devices[0].UsedBytes < experts + (1 << 20), $"{plan}");
        AssertSound(plan);
    }

    [Fact]
    public void A_smaller_micro_batch_is_tried_before_a_layer_is_given_up()
    {
        ModelFootprint wide = HeaderModels.Footprint(HeaderModels.Dense(32, 4096, 32, 8, 53248));
        OffloadPlan free = Plan(wide, Machine(64, 12), new PlanOptions { ContextLength = 32768 });
        OffloadPlan large = Plan(wide, Machine(64, 12), new PlanOptions { ContextLength = 32768, MicroBatch = 512 });
        Assert.True(free.MicroBatch < 512);
        Assert.True(free.GpuLayers > large.GpuLayers);
    }

    // R9: a default context never puts layers into RAM.
    [Theory]
    [InlineData(48)]
    [InlineData(52)]
    [InlineData(96)]
    public void The_default_context_is_the_longest_that_keeps_everything_on_gpus(int gigabytes)
    {
        ModelFootprint small = HeaderModels.Footprint(HeaderModels.Dense(16, 2048, 32, 8, 8192, head: 64));
        OffloadPlan plan = Plan(small, Machine(64, gigabytes), new PlanOptions());
        Assert.True(plan.IsFullOffload);
        Assert.Equal(131072, plan.ContextLength);

        plan = Plan(Experts30B, Machine(64, gigabytes), new PlanOptions());
        Assert.True(plan.IsFullOffload);
        Assert.Equal(40960, plan.ContextLength);

        plan = Plan(Llama70B, Machine(64, gigabytes), new PlanOptions());
        Assert.True(plan.IsFullOffload);
        Assert.Equal(0, plan.ContextLength % 256);
        Assert.InRange(plan.ContextLength, 4096, 131072);
        if (plan.ContextLength < 131072)
        {
            Assert.False(Plan(Llama70B, Machine(64, gigabytes), new PlanOptions { ContextLength = plan.ContextLength + 256, MicroBatch = plan.MicroBatch }).IsFullOffload);
        }
    }

    // R8
    [Fact]
    public void More_sequences_take_more_cache_or_get_a_shorter_default_context()
    {
        OffloadPlan one = Plan(Llama8B, Machine(64, 24), new PlanOptions { ContextLength = 8192 });
        OffloadPlan four = Plan(Llama8B, Machine(64, 24), new PlanOptions { ContextLength = 8192, Sequences = 4 });
        Assert.Equal(4 * one.Devices[0].KvCacheBytes, four.Devices[0].KvCacheBytes);
        Assert.True(Plan(Llama8B, Machine(64, 16), new PlanOptions { Sequences = 4 }).ContextLength * 3 < Plan(Llama8B, Machine(64, 16), new PlanOptions()).ContextLength);
    }

    // R13
    [Fact]
    public void Mapped_weights_count_once_and_repacked_ones_too()
    {
        OffloadPlan part = Plan(Llama70B, Machine(128, 24), new PlanOptions { ContextLength = 8192 });
        Assert.Equal(Llama70B.Tensors.Sum(tensor => tensor.Bytes), part.Host.WeightBytes + part.Devices[0].WeightBytes);

        OffloadPlan cpu = Plan(Llama8B, Machine(64), new PlanOptions { ContextLength = 8192 });
        Assert.Empty(cpu.Basis.Native.Devices);
        Assert.Equal(0, cpu.GpuLayers);
        Assert.True(cpu.Basis.Native.UsesExtraBuffers);
        Assert.Equal(cpu.Host.WeightBytes, cpu.Host.CopiedBytes + cpu.Host.ResidentBytes);
        Assert.InRange(cpu.Host.CopiedBytes, cpu.Host.WeightBytes * 9 / 10, cpu.Host.WeightBytes);
        AssertSound(cpu);
    }

    // R16
    [Fact]
    public void An_explicit_placement_over_budget_is_refused_with_the_numbers_unless_forced()
    {
        PlanOptions options = new() { ContextLength = 8192, GpuLayers = 81 };
        NotEnoughMemoryException e = Assert.Throws<NotEnoughMemoryException>(() => Plan(Llama70B, Machine(128, 24), options));
        Assert.Equal("gpu0", e.Device);
        Assert.True(e.NeededBytes > 35 * GiB && e.AvailableBytes < 24 * GiB);
        Assert.NotEmpty(e.Suggestions);
        OffloadPlan forced = Plan(Llama70B, Machine(128, 24), options with { AllowOverBudget = true });
        Assert.Equal(e.NeededBytes, forced.Devices[0].UsedBytes);
        Assert.Contains(forced.Warnings, warning => warning.StartsWith("Over budget", StringComparison.Ordinal));
    }

    // R17
    [Fact]
    public void A_model_larger_than_all_memory_is_planned_from_disk_with_a_speed()
    {
        PlanMachine machine = Machine(16, 8) with { DiskBytesPerSecond = 2_000_000_000 };
        OffloadPlan plan = Plan(Llama70B, machine, new PlanOptions { ContextLength = 4096 });
        Assert.True(plan.Host.DiskBytes > 10 * GiB);
        Assert.InRange(plan.Host.DiskTokensPerSecond!.Value, 0.05, 0.2);
        Assert.Contains(plan.Warnings, warning => warning.Contains("tokens per second", StringComparison.Ordinal));
        Assert.False(plan.Basis.Native.UsesExtraBuffers);
        AssertSound(plan);

        OffloadPlan cpu = Plan(Llama70B, Machine(16), new PlanOptions());
        Assert.True(cpu.Host.DiskBytes > 20 * GiB);
        Assert.Equal(0, cpu.Host.CopiedBytes);
        Assert.Null(cpu.Host.DiskTokensPerSecond);
        AssertSound(cpu);
    }

    // R12: what another model on the card takes moves the plan by exactly that.
    [Fact]
    public void A_reserve_lowers_the_budget_by_its_bytes()
    {
        PlanMachine machine = Machine(64, 24);
        OffloadPlan without = Plan(Llama8B, machine, new PlanOptions { ContextLength = 8192 });
        PlanDevice device = machine.Devices[0];
        OffloadPlan with = Plan(Llama8B, machine with { Devices = [device with { ReserveBytes = device.ReserveBytes + 123_456_789 }] }, new PlanOptions { ContextLength = 8192 });
        Assert.Equal(without.Devices[0].BudgetBytes - 123_456_789, with.Devices[0].BudgetBytes);
        Assert.Equal(without.Devices[0].UsedBytes, with.Devices[0].UsedBytes);
    }

    // R4
    [Fact]
    public void An_old_gpu_that_could_take_next_to_nothing_is_left_alone()
    {
        OffloadPlan plan = Plan(Llama8B, Machine(16, 1), new PlanOptions { ContextLength = 4096 });
        Assert.Equal(0, plan.GpuLayers);
        Assert.Empty(plan.Basis.Native.Devices);
        Assert.Contains(plan.Warnings, warning => warning.Contains("No GPU", StringComparison.Ordinal));
        OffloadPlan off = Plan(Llama8B, Machine(64, 24), new PlanOptions { ContextLength = 4096, Placement = PlacementStrategy.CpuOnly });
        Assert.Equal((0, 0L), (off.GpuLayers, off.Devices[0].UsedBytes));
        Assert.Empty(off.Warnings);
    }

    // R7
    [Fact]
    public void A_gpu_of_unknown_size_is_a_warning_and_no_refusal()
    {
        PlanMachine machine = Machine(64) with { Devices = [new PlanDevice { Name = "gpu0", FreeBytes = null }] };
        OffloadPlan plan = Plan(Llama8B, machine, new PlanOptions { ContextLength = 4096 });
        Assert.Equal(0, plan.GpuLayers);
        Assert.Contains(plan.Warnings, warning => warning.Contains("gpu0", StringComparison.Ordinal));
    }

    [Fact]
    public void Memory_that_is_shared_counts_once()
    {
        PlanMachine machine = Machine(16) with { Devices = [new PlanDevice { Name = "gpu0", FreeBytes = 12 * GiB, SharesRam = true, Rules = GpuSizeRules.Host, ReserveBytes = 0 }] };
        OffloadPlan plan = Plan(Llama8B, machine, new PlanOptions());
        Assert.True(plan.IsFullOffload);
        Assert.True(plan.Devices[0].UsedBytes + plan.Host.UsedBytes <= 16 * GiB - (256L << 20));
        OffloadPlan part = Plan(Llama70B, machine, new PlanOptions { ContextLength = 4096 });
        Assert.True(part.GpuLayers > 10);
        Assert.True(part.Devices[0].UsedBytes + part.Host.UsedBytes + part.Host.ResidentBytes <= 16 * GiB);

        PlanMachine both = machine with { Devices = [.. Machine(16, 24).Devices, machine.Devices[0] with { Name = "gpu1" }] };
        OffloadPlan discrete = Plan(Llama8B, both, new PlanOptions { ContextLength = 8192 });
        Assert.Equal([33, 0], discrete.TensorSplit);
        Assert.Contains(discrete.Warnings, warning => warning.Contains("gpu1", StringComparison.Ordinal));
    }

    [Fact]
    public void Limits_bind_and_unknown_devices_are_named()
    {
        PlanMachine machine = Machine(64, 24);
        OffloadPlan plan = Plan(Llama8B, machine, new PlanOptions { ContextLength = 8192, MaxMemory = MemoryLimits.Parse("gpu0=4GiB, ram=8GiB") });
        Assert.True(plan.Devices[0].UsedBytes <= 4 * GiB);
        Assert.True(plan.Host.BudgetBytes < 8 * GiB);
        Assert.Contains("gpu7", Assert.Throws<ArgumentException>(() => Plan(Llama8B, machine, new PlanOptions { MaxMemory = MemoryLimits.Parse("gpu7=1GB") })).Message, StringComparison.Ordinal);
        Assert.Equal(0, Plan(Llama8B, machine, new PlanOptions { ContextLength = 8192, MaxMemory = MemoryLimits.Parse("gpu0=0B") }).GpuLayers);
    }

    [Fact]
    public void What_must_be_in_ram_and_does_not_fit_is_an_error_with_suggestions()
    {
        NotEnoughMemoryException e = Assert.Throws<NotEnoughMemoryException>(() => Plan(Llama8B, Machine(8), new PlanOptions { ContextLength = 131072 }));
        Assert.Equal("cpu", e.Device);
        Assert.True(e.NeededBytes > 16 * GiB);
        Assert.NotEmpty(e.Suggestions);
    }

    [Fact]
    public void A_split_of_ones_own_follows_llama_cpp()
    {
        OffloadPlan plan = Plan(Llama8B, Machine(64, 24, 24), new PlanOptions { ContextLength = 8192, TensorSplit = [3, 1] });
        Assert.Equal([25, 8], plan.TensorSplit);
        Assert.True(plan.IsFullOffload);
        plan = Plan(Llama8B, Machine(64, 24, 24), new PlanOptions { ContextLength = 8192, GpuLayers = 20 });
        Assert.Equal(20, plan.TensorSplit.Sum());
        Assert.Equal(20, plan.GpuLayers);
        Assert.Equal(0, Plan(Llama8B, Machine(64, 24), new PlanOptions { ContextLength = 8192, GpuLayers = 0 }).GpuLayers);
    }

    [Fact]
    public void Wrong_options_are_refused_at_the_call()
    {
        PlanMachine machine = Machine(64, 24);
        Assert.Throws<ArgumentOutOfRangeException>(() => Plan(Llama8B, machine, new PlanOptions { ContextLength = 200_000 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Plan(Llama8B, machine, new PlanOptions { Sequences = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Plan(Llama8B, machine, new PlanOptions { Sequences = 4, MostOutputs = 2 }));
        Assert.Throws<ArgumentException>(() => Plan(Llama8B, machine, new PlanOptions { KvCacheType = KvCacheType.Q8_0, FlashAttention = FlashAttention.Off }));
        Assert.Throws<ArgumentException>(() => Plan(Llama8B, machine, new PlanOptions { TensorSplit = [0, 0] }));
        Assert.Throws<ArgumentException>(() => Plan(Llama8B, machine, new PlanOptions { TensorSplit = [1, 1] }));
        ModelFootprint odd = HeaderModels.Footprint(HeaderModels.Dense(2, 640, 8, 8, 1024));
        Assert.Throws<ArgumentException>(() => Plan(odd, machine, new PlanOptions { KvCacheType = KvCacheType.Q8_0 }));
    }

    [Fact]
    public void Quantized_caches_take_less()
    {
        long f16 = Plan(Llama8B, Machine(64, 24), new PlanOptions { ContextLength = 32768 }).Devices[0].KvCacheBytes;
        long q8 = Plan(Llama8B, Machine(64, 24), new PlanOptions { ContextLength = 32768, KvCacheType = KvCacheType.Q8_0 }).Devices[0].KvCacheBytes;
        long q4 = Plan(Llama8B, Machine(64, 24), new PlanOptions { ContextLength = 32768, KvCacheType = KvCacheType.Q4_0 }).Devices[0].KvCacheBytes;
        Assert.Equal((f16 * 34 / 64, f16 * 18 / 64), (q8, q4));
    }

    [Fact]
    public void Architectures_without_rules_are_planned_as_estimates()
    {
        TinyModelBuilder header = HeaderModels.Dense(2, 1024, 16, 4, 2048);
        foreach ((string key, object value) in header.Metadata.Where(entry => entry.Key.StartsWith("llama.", StringComparison.Ordinal)).ToArray())
        {
            header.Metadata[$"talkie.{key["llama.".Length..]}"] = value;
        }

        header.Metadata["general.architecture"] = "talkie";
        OffloadPlan plan = Plan(HeaderModels.Footprint(header), Machine(16, 8), new PlanOptions());
        Assert.Equal(FigureOrigin.Estimate, plan.Origins.Cache);
        Assert.Contains(plan.Warnings, warning => warning.Contains("talkie", StringComparison.Ordinal));
    }

    internal static PlanMachine Machine(double ramGiB, params double[] gpuGiB) => new()
    {
        RamBytes = (long)(ramGiB * GiB),
        Devices = [.. gpuGiB.Select((size, i) => new PlanDevice { Name = $"gpu{i}", FreeBytes = (long)(size * GiB) })],
    };

    internal static OffloadPlan Plan(ModelFootprint model, PlanMachine machine, PlanOptions options) => StageOne.Plan(model, machine, options);

    /// <summary>No budget is exceeded, and nothing is lost or counted twice.</summary>
    internal static void AssertSound(OffloadPlan plan)
    {
        Assert.All(plan.Devices, device => Assert.True(device.UsedBytes <= Math.Max(0, device.BudgetBytes), $"{device}"));
        Assert.True(plan.Host.UsedBytes <= plan.Host.BudgetBytes, $"{plan.Host}");
        Assert.True(plan.Host.UsedBytes + plan.Host.ResidentBytes <= plan.Host.BudgetBytes, $"{plan.Host}");
        Assert.Equal(plan.LayerCount + 1, plan.Devices.Sum(device => device.Modules) + plan.Host.Modules);
    }

    private static int Used(OffloadPlan plan) => plan.Devices.Count(device => device.UsedBytes > 0);

    private static bool IsMatch(NativeOverride native, string name) => System.Text.RegularExpressions.Regex.IsMatch(name, native.Pattern);
}
