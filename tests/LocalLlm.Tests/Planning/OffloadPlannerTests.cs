using LocalLlm.Hardware;

namespace LocalLlm.Tests.Planning;

public sealed class OffloadPlannerTests
{
    private const long GiB = 1L << 30;

    [Fact]
    public void A_model_that_fits_goes_to_one_GPU_of_a_machine_written_as_text()
    {
        using GgufFile file = GgufFile.Open(GuideModel.Path);

        OffloadPlan plan = OffloadPlanner.Plan(file, HardwareProfile.Parse("gpu0=24GiB,gpu1=8GiB,ram=64GiB"), new PlanOptions { ContextLength = 2048 });

        Assert.Equal(7, plan.GpuLayers);
        DevicePlan device = Assert.Single(plan.Devices, d => d.UsedBytes > 0);
        Assert.Equal("gpu0", device.Name);
        Assert.InRange(device.UsedBytes, device.WeightBytes + device.KvCacheBytes, device.BudgetBytes);
        Assert.Contains("gpu0", plan.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_take_every_name_of_a_device_and_no_other()
    {
        using GgufFile file = GgufFile.Open(GuideModel.Path);
        HardwareProfile machine = HardwareProfile.Parse("gpu0=24GiB,ram=64GiB");
        machine = machine with { Gpus = [machine.Gpus[0] with { Name = "CUDA0", Id = "0000:01:00.0" }] };

        foreach (string name in new[] { "gpu0", "CUDA0", "0000:01:00.0" })
        {
            Assert.Equal(0, OffloadPlanner.Plan(file, machine, new PlanOptions { MaxMemory = MemoryLimits.Parse($"{name}=0B") }).GpuLayers);
        }

        Assert.Contains("gpu1", Assert.ThrowsAny<ArgumentException>(
            () => OffloadPlanner.Plan(file, machine, new PlanOptions { MaxMemory = MemoryLimits.Parse("gpu1=1GiB") })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void This_machine_can_be_planned_for()
    {
        using GgufFile file = GgufFile.Open(GuideModel.Path);

        OffloadPlan plan = OffloadPlanner.Plan(file, HardwareProfile.Detect());

        Assert.Equal(6, plan.Layers.Count(l => l.Name.StartsWith("blk.", StringComparison.Ordinal)));
    }

    // R3: not a matter of the vendor's name, nor of which has more memory.
    [Theory]
    [InlineData("NVIDIA GeForce RTX 4060", "Intel(R) Iris(R) Xe Graphics")]
    [InlineData("Intel(R) Arc(TM) A770 Graphics", "AMD Radeon 780M")]
    public void The_discrete_card_gets_the_layers(string discrete, string integrated)
    {
        using GgufFile file = HeaderModels.Open(HeaderModels.Llama8B());
        HardwareProfile machine = Join(
            [Gpu("Vulkan0", 30, "0000:00:02.0", NativeDeviceType.IntegratedGpu, integrated), Gpu("Vulkan1", 8, "0000:01:00.0", NativeDeviceType.Gpu, discrete)], [], 32);

        OffloadPlan plan = OffloadPlanner.Plan(file, machine, new PlanOptions { ContextLength = 4096 });

        Assert.Equal(discrete, machine.Gpus[0].Description);
        Assert.Equal([33, 0], plan.TensorSplit);
        Assert.Contains(plan.Warnings, warning => warning.Contains("gpu1", StringComparison.Ordinal));
    }

    // R5
    [Fact]
    public void On_unified_memory_a_refusal_names_what_is_needed_the_limit_and_who_set_it()
    {
        using GgufFile file = HeaderModels.Open(HeaderModels.Dense(type: GgmlType.F16));
        HardwareProfile machine = Join([Gpu("MTL0", 11, null, NativeDeviceType.Gpu, "Apple M3") with { Backend = "MTL" }], [], 14);
        PlanOptions options = new() { ContextLength = 4096, GpuLayers = 33 };

        NotEnoughMemoryException refused = Assert.Throws<NotEnoughMemoryException>(() => OffloadPlanner.Plan(file, machine, options));
        NotEnoughMemoryException limited = Assert.Throws<NotEnoughMemoryException>(
            () => OffloadPlanner.Plan(file, machine, options with { MaxMemory = MemoryLimits.Parse("gpu0=6GiB") }));

        Assert.Equal("gpu0", refused.Device);
        Assert.True(refused.NeededBytes > 13 * GiB && refused.AvailableBytes < 11 * GiB);
        Assert.Contains($"needs {ByteSize.Short(refused.NeededBytes)}", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"may take {ByteSize.Short(refused.AvailableBytes)}: 11.0 GiB are free according to Metal's recommended working set", refused.Message, StringComparison.Ordinal);
        Assert.Contains("its limit is 6.0 GiB", limited.Message, StringComparison.Ordinal);
        OffloadPlan plan = OffloadPlanner.Plan(file, machine, new PlanOptions { ContextLength = 4096 });
        Assert.InRange(plan.GpuLayers, 1, 32);
        PlanTests.AssertSound(plan);
    }

    // R6: what the system lends to a card is slow, and missing elsewhere.
    [Fact]
    public void Memory_lent_to_a_card_is_not_planned_on_and_the_rest_goes_to_the_processor()
    {
        using GgufFile file = HeaderModels.Open(HeaderModels.Dense(type: GgmlType.Q8_0));
        DriverGpu driver = new("amdgpu", "0000:03:00.0", null) { TotalBytes = 8 * GiB, FreeBytes = 7 * GiB, SharedTotalBytes = 16 * GiB, SharedFreeBytes = 16 * GiB };

        OffloadPlan plan = OffloadPlanner.Plan(file, Join([Gpu("Vulkan0", 8, "0000:03:00.0")], [driver], 32), new PlanOptions { ContextLength = 4096 });

        Assert.Equal(7 * GiB, plan.Devices[0].FreeBytes);
        Assert.InRange(plan.GpuLayers, 10, 32);
        Assert.True(plan.Host.Modules > 0);
        PlanTests.AssertSound(plan);
    }

    // R7
    [Fact]
    public void A_gpu_whose_memory_is_not_known_is_a_warning_and_a_plan_for_the_processor()
    {
        using GgufFile file = GgufFile.Open(GuideModel.Path);

        OffloadPlan plan = OffloadPlanner.Plan(file, HardwareProfile.Parse("gpu0=unknown,ram=64GiB"));

        Assert.Equal((0, 0L), (plan.GpuLayers, plan.Devices[0].UsedBytes));
        Assert.Contains("gpu0", Assert.Single(plan.Warnings), StringComparison.Ordinal);
    }

    // R9: also where there is hardly anything to choose from.
    [Theory]
    [InlineData("ram=2GiB")]
    [InlineData("ram=4GiB")]
    [InlineData("gpu0=1GiB,ram=2GiB")]
    [InlineData("gpu0=2GiB,ram=4GiB")]
    [InlineData("gpu0=2GiB@vulkan+integrated+unified,ram=3GiB")]
    [InlineData("gpu0=4GiB,gpu1=1GiB,ram=8GiB")]
    public void A_small_model_never_fails_for_the_context_that_was_not_asked_for(string machine)
    {
        using GgufFile file = HeaderModels.Open(HeaderModels.Dense(16, 2048, 32, 8, 8192, head: 64));

        OffloadPlan plan = OffloadPlanner.Plan(file, HardwareProfile.Parse(machine));

        Assert.InRange(plan.ContextLength, 1024, 131072);
        PlanTests.AssertSound(plan);
    }

    // R20: a number that is asked for is told, planned and priced.
    [Fact]
    public void The_context_that_is_asked_for_is_the_plan_s_wherever_it_is_told()
    {
        using GgufFile file = HeaderModels.Open(HeaderModels.Llama8B());
        HardwareProfile machine = HardwareProfile.Parse("gpu0=24GiB,ram=64GiB");
        Random random = new(20);
        for (int i = 0; i < 100; i++)
        {
            int context = random.Next(1, 65536);
            OffloadPlan plan = OffloadPlanner.Plan(file, machine, new PlanOptions { ContextLength = context });

            Assert.Equal(context, plan.ContextLength);
            Assert.Equal("asked for", plan.ContextReason);
            Assert.Contains($"context {context}, asked for", plan.ToString(), StringComparison.Ordinal);
            Assert.Contains($"\"contextLength\": {context},", plan.ToJson(), StringComparison.Ordinal);
            Assert.Equal((context + 255) / 256 * 256 * 32L * 2 * 1024 * 2, plan.Devices[0].KvCacheBytes);
        }
    }

    private static HardwareProfile Join(NativeDevice[] devices, DriverGpu[] drivers, int ramGib)
    {
        (IReadOnlyList<GpuProfile> gpus, IReadOnlyList<string> warnings) = GpuJoin.Of(devices, drivers, ramGib * GiB);
        return new HardwareProfile { Gpus = gpus, Ram = new RamProfile { TotalBytes = ramGib * GiB, AvailableBytes = ramGib * GiB }, Warnings = warnings };
    }

    private static NativeDevice Gpu(string name, int gib, string? id, NativeDeviceType type = NativeDeviceType.Gpu, string description = "") =>
        new(name, description, "Vulkan", type, gib * GiB, gib * GiB, id);
}
