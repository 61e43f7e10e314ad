namespace LocalLlm.Tests.Planning;

public sealed class OffloadPlannerTests
{
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
}
