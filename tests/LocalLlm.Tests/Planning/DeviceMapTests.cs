using LocalLlm.Planning;

namespace LocalLlm.Tests.Planning;

public sealed class DeviceMapTests
{
    private static readonly ModelFootprint Model = HeaderModels.Footprint(HeaderModels.Dense(28, 2048, 16, 4, 6144));

    private static readonly ModelFootprint Experts = HeaderModels.Footprint(HeaderModels.Experts(8));

    private static readonly PlanMachine Machine = PlanTests.Machine(64, 24, 24);

    [Fact]
    public void A_map_is_read_from_lines_and_written_again()
    {
        DeviceMap map = DeviceMap.Parse("# half and half\nblk.0-20 = gpu0, blk.21-27 = cpu\n\"output\" = \"cpu\"  # the rest\n");
        Assert.Equal(3, map.Count);
        Assert.Equal("gpu0", map["blk.0-20"]);
        Assert.Equal(map.ToString(), DeviceMap.Parse(map.ToString()).ToString());
        Assert.Contains("Line 1", Assert.Throws<FormatException>(() => DeviceMap.Parse("blk.0")).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => DeviceMap.Parse("blk.0 = gpu0\nblk.0 = gpu1"));
    }

    [Fact]
    public void Layers_go_where_the_map_says()
    {
        OffloadPlan plan = Plan(Model, new DeviceMap { ["blk.0-9"] = "cpu", ["blk.10-20"] = "gpu1", ["blk.21-27"] = "gpu0", ["output"] = "gpu0" });
        Assert.Equal([8, 11], plan.TensorSplit);
        Assert.Equal(19, plan.GpuLayers);
        Assert.Equal(["gpu1", "gpu0"], plan.Basis.Native.Devices);
        Assert.Equal([11, 8], plan.Basis.Native.TensorSplit);
        Assert.Empty(plan.Basis.Native.Overrides);
        PlanTests.AssertSound(plan);
    }

    // T10: the KV cache follows the layer's device, so a processor behind GPUs stands in llama.cpp's list of devices.
    [Fact]
    public void The_processor_may_have_the_last_layers()
    {
        OffloadPlan plan = Plan(Model, new DeviceMap { ["blk.0-20"] = "gpu0", ["blk.21-27"] = "cpu", ["output"] = "cpu" });
        Assert.Equal(["gpu0", "cpu"], plan.Basis.Native.Devices);
        Assert.Equal([21, 8], plan.Basis.Native.TensorSplit);
        Assert.Equal(29, plan.GpuLayers);
        Assert.Equal([NativeOverride.NoPipeline], plan.Basis.Native.Overrides);
        Assert.Equal(7L * 2 * 512 * 2 * 4096, plan.Host.KvCacheBytes);
        Assert.False(plan.IsFullOffload);
    }

    [Fact]
    public void Tensors_move_by_name_and_pattern_without_their_cache()
    {
        OffloadPlan whole = Plan(Experts, new DeviceMap { ["blk.0-7"] = "gpu0", ["output"] = "gpu0" });
        OffloadPlan part = Plan(Experts, new DeviceMap
        {
            ["blk.0-7"] = "gpu0",
            ["output"] = "gpu0",
            ["blk.*.ffn_*_exps.weight"] = "cpu",
            ["blk.7.ffn_up_exps.weight"] = "gpu0",
            ["blk.6.ffn_up_exps.weight"] = "gpu1",
        });
        Assert.Equal(whole.Devices[0].KvCacheBytes, part.Devices[0].KvCacheBytes);
        Assert.True(part.Devices[0].WeightBytes < whole.Devices[0].WeightBytes / 4);
        Assert.Equal(Experts.Tensors.Single(tensor => tensor.Name == "blk.6.ffn_up_exps.weight").Bytes, part.Devices[1].WeightBytes);
        // One for each kind of tensor and device; what is where its layer is needs none.
        Assert.Equal(4, part.Basis.Native.Overrides.Count);
        Assert.Contains(new NativeOverride(@"^blk\.(?:6)\.ffn_up_exps\.weight$", "gpu1"), part.Basis.Native.Overrides);
        Assert.Contains(new NativeOverride(@"^blk\.(?:0|1|2|3|4|5)\.ffn_up_exps\.weight$", "cpu"), part.Basis.Native.Overrides);
        Assert.Equal([9, 0], part.Basis.Native.TensorSplit);
    }

    [Fact]
    public void What_is_wrong_with_a_map_is_named()
    {
        AssertRefused("blk.21-27, output", new DeviceMap { ["blk.0-20"] = "gpu0" });
        AssertRefused("gpu5", new DeviceMap { ["blk.0-27"] = "gpu5", ["output"] = "gpu0" });
        AssertRefused("jumps back to 'gpu0'", new DeviceMap { ["blk.0-9"] = "gpu0", ["blk.10-19"] = "gpu1", ["blk.20-27"] = "gpu0", ["output"] = "gpu0" });
        AssertRefused("blk.0 to blk.27", new DeviceMap { ["blk.0-28"] = "gpu0", ["output"] = "gpu0" });
        AssertRefused("token_embd", new DeviceMap { ["token_embd"] = "gpu0", ["blk.0-27"] = "gpu0", ["output"] = "gpu0" });
        AssertRefused("blk.3.no_such", new DeviceMap { ["blk.0-27"] = "gpu0", ["output"] = "gpu0", ["blk.3.no_such"] = "cpu" });
        Assert.Throws<ArgumentException>(() => StageOne.Plan(Model, Machine, new PlanOptions { DeviceMap = [], GpuLayers = 3 }));
        Assert.Throws<NotEnoughMemoryException>(() => StageOne.Plan(
            Model, PlanTests.Machine(64, 1), new PlanOptions { ContextLength = 4096, DeviceMap = new DeviceMap { ["blk.0-27"] = "gpu0", ["output"] = "gpu0" } }));
    }

    [Fact]
    public void The_map_of_a_plan_makes_the_same_plan_and_can_be_changed()
    {
        foreach (ModelFootprint model in new[] { Model, Experts })
        {
            OffloadPlan plan = StageOne.Plan(model, PlanTests.Machine(64, 2), new PlanOptions { ContextLength = 4096, MicroBatch = 512, Placement = PlacementStrategy.Balanced });
            OffloadPlan again = StageOne.Plan(model, PlanTests.Machine(64, 2), new PlanOptions { ContextLength = 4096, MicroBatch = 512, DeviceMap = plan.DeviceMap });
            Assert.Equal(plan.Layers, again.Layers);
            Assert.Equal(plan.Devices, again.Devices);
            Assert.Equal(plan.Host, again.Host);
        }

        OffloadPlan full = StageOne.Plan(Model, Machine, new PlanOptions { ContextLength = 4096 });
        DeviceMap map = full.DeviceMap;
        map["blk.0-3"] = "cpu";
        Assert.Equal(25, StageOne.Plan(Model, Machine, new PlanOptions { ContextLength = 4096, DeviceMap = map }).GpuLayers);
    }

    [Fact]
    public void Without_a_context_a_map_gets_the_longest_that_it_leaves_room_for()
    {
        OffloadPlan plan = StageOne.Plan(Model, PlanTests.Machine(64, 6), new PlanOptions { DeviceMap = new DeviceMap { ["blk.0-27"] = "gpu0", ["output"] = "gpu0" } });
        Assert.InRange(plan.ContextLength, 4096, 131071);
        PlanTests.AssertSound(plan);
    }

    private static OffloadPlan Plan(ModelFootprint model, DeviceMap map) =>
        StageOne.Plan(model, Machine, new PlanOptions { ContextLength = 4096, DeviceMap = map });

    private static void AssertRefused(string what, DeviceMap map) =>
        Assert.Contains(what, Assert.Throws<ArgumentException>(() => Plan(Model, map)).Message, StringComparison.Ordinal);
}
