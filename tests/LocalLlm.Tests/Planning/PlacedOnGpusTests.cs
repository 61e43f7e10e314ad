using System.Text.RegularExpressions;
using LocalLlm.Tests.Gguf;
using LocalLlm.Tests.Inference;

namespace LocalLlm.Tests.Planning;

/// <summary>Plans that are really loaded, on two software GPUs: they take what they say, where they say, and give the same text as the processor.</summary>
public sealed partial class PlacedOnGpusTests : IDisposable
{
    /// <summary>Backends add up in another order (T15).</summary>
    private const float Tie = 0.15f;

    private const string Prompt = "What is a GGUF file? It is";

    private static readonly GenerationOptions Greedy = new() { Temperature = 0, MaxOutputTokens = 12, Seed = 1 };

    private readonly TestFolder _folder = new();
    private readonly List<string> _lines = [];

    public PlacedOnGpusTests() =>
        Requirement.Meet("vulkan", NativeRuntime.Load().Devices.Count(d => d.Backend == "Vulkan") >= 2, "There are no two Vulkan devices (libvulkan1, mesa-vulkan-drivers).");

    public void Dispose() => _folder.Dispose();

    // Each compiles its shaders anew, which takes seconds.
    public static TheoryData<string, LoadOptions, string> Placements => Requirement.RunsAll ? AllPlacements : [.. AllPlacements.Where(p => p.Data.Item1 is Mixed)];

    private const string Mixed = "a map with the processor in the middle";

    private static TheoryData<string, LoadOptions, string> AllPlacements => new()
    {
        { "one GPU holds all", new LoadOptions(), "0000000" },
        { "balanced", new LoadOptions { Placement = PlacementStrategy.Balanced }, "" },
        { "balanced low 0", new LoadOptions { Placement = PlacementStrategy.BalancedLow0 }, "1111111" },
        { "sequential", new LoadOptions { Placement = PlacementStrategy.Sequential }, "0000000" },
        { "the output alone", new LoadOptions { GpuLayers = 1 }, "cccccc0" },
        { "partial", new LoadOptions { GpuLayers = 4 }, "" },
        { "split by hand", new LoadOptions { TensorSplit = [3, 4] }, "0001111" },
        { "partial and split", new LoadOptions { GpuLayers = 4, TensorSplit = [1, 1] }, "ccc0011" },
        { "a map, the second GPU first", Map("1110000"), "1110000" },
        { Mixed, Map("00cc111"), "00cc111" },
        { "a map with the output on the processor", Map("001111c"), "001111c" },
        { "no GPU", new LoadOptions { Placement = PlacementStrategy.CpuOnly }, "ccccccc" },
        { "small micro-batches, eight bits of keys", new LoadOptions { GpuLayers = 5, MicroBatch = 64, KvCacheType = KvCacheType.Q8_0 }, "" },
    };

    [Theory, MemberData(nameof(Placements))]
    public void Layers_are_where_the_plan_says_take_what_it_says_and_give_the_same_text(string name, LoadOptions options, string modules)
    {
        using LocalModel onCpu = LocalModel.Load(TestModels.Guide, TestModels.OnCpu with { ContextLength = 512, KvCacheType = options.KvCacheType, MicroBatch = options.MicroBatch });

        using LocalModel model = Load(TestModels.Guide, options with { ContextLength = 512 });

        Assert.Equal(options.GpuLayers ?? model.Plan.GpuLayers, model.Plan.GpuLayers);
        if (modules.Length > 0)
        {
            Assert.Equal(modules, Modules(model.Plan));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}:\n{model.Plan}\n{model.Memory}");
        AssertAsPlanned(model);
        AssertSameText(TestModels.Guide, onCpu, model);
    }

    [Fact]
    public void A_limit_puts_the_rest_on_the_next_GPU_and_on_the_processor()
    {
        using LocalModel model = Load(TestModels.SmolLm2, new LoadOptions
        {
            ContextLength = 1024,
            Margin = 0,
            Placement = PlacementStrategy.Sequential,
            MaxMemory = MemoryLimits.Parse("gpu0=60MiB,gpu1=60MiB"),
        });

        Assert.InRange(model.Plan.Host.Modules, 1, 29);
        Assert.All(model.Plan.Devices.Take(2), device => Assert.InRange(device.Modules, 1, 29));
        Assert.All(model.Plan.Devices.Take(2), device => Assert.True(model.Memory.AllocatedBytes(device.Name) <= device.BudgetBytes));
        AssertAsPlanned(model);
    }

    // Experts on a GPU are missing: the software driver of Debian 12 (Mesa 22.3) crashes in the shader that chooses them.
    [Theory]
    [InlineData(TinyModels.Window)]
    [InlineData(TinyModels.Recurrent)]
    [InlineData(TinyModels.Hybrid)]
    public void So_do_the_layers_of_other_architectures(string architecture)
    {
        Assert.SkipUnless(Requirement.RunsAll, "Runs with LOCALLLM_TESTS=all: each compiles its shaders anew.");
        string path = TinyModels.Write(_folder, architecture);
        using LocalModel onCpu = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = 128 });
        using LocalModel model = Load(path, new LoadOptions { ContextLength = 128, TensorSplit = [1, 1] });

        Assert.All(model.Plan.Devices.Take(2), device => Assert.True(device.Modules > 0));
        AssertAsPlanned(model);
        AssertSameText(path, onCpu, model);
    }

    [Fact]
    public void Experts_on_the_processor_give_the_same_text()
    {
        Assert.SkipUnless(Requirement.RunsAll, "Runs with LOCALLLM_TESTS=all: it compiles its shaders anew.");
        string path = TinyModels.Write(_folder, TinyModels.Experts);
        using LocalModel onCpu = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = 128 });
        DeviceMap map = new() { ["token_embd"] = "cpu", ["*_exps*"] = "cpu", ["output"] = "gpu0" };
        for (int i = 0; i < onCpu.Info.LayerCount; i++)
        {
            map[$"blk.{i}"] = "gpu0";
        }

        using LocalModel model = Load(path, new LoadOptions { ContextLength = 128, DeviceMap = map });

        Assert.Contains(model.Plan.Layers, layer => layer.WeightBytesElsewhere > 0);
        AssertAsPlanned(model);
        AssertSameText(path, onCpu, model);
    }

    [Fact]
    public void A_plan_can_be_changed_and_loaded_again()
    {
        DeviceMap map;
        using (LocalModel first = Load(TestModels.Guide, new LoadOptions { ContextLength = 512 }))
        {
            map = first.Plan.DeviceMap;
        }

        _lines.Clear();
        map["blk.0-2"] = "gpu1";
        map["blk.3-5"] = "gpu0";
        using LocalModel model = Load(TestModels.Guide, new LoadOptions { ContextLength = 512, DeviceMap = map });

        Assert.Equal("111000", Modules(model.Plan)[..6]);
        AssertAsPlanned(model);
    }

    // A second model must see what the first one has taken, also where the driver tells only the card's size.
    [Fact]
    public void What_a_loaded_model_has_is_not_free_for_the_next()
    {
        GpuProfile before = HardwareProfile.Detect().Gpus[0];
        using (LocalModel model = Load(TestModels.SmolLm2, new LoadOptions { ContextLength = 4096 }))
        {
            Assert.True(HardwareProfile.Detect().Gpus[0].FreeBytes <= before.TotalBytes - model.Plan.Devices[0].UsedBytes);
        }

        Assert.InRange(HardwareProfile.Detect().Gpus[0].FreeBytes!.Value, before.FreeBytes!.Value - (64 << 20), before.TotalBytes!.Value);
    }

    private LocalModel Load(string path, LoadOptions options) =>
        LocalModel.Load(path, options with { LoggerFactory = new CallbackLoggerFactory((_, line) => _lines.Add(line)) });

    private void AssertAsPlanned(LocalModel model)
    {
        const double mebibyte = 1 << 20;
        IReadOnlyList<NativeDevice> native = [.. NativeRuntime.Load().Devices.Where(d => d.Type is NativeDeviceType.Gpu or NativeDeviceType.IntegratedGpu)];
        foreach (MemoryLine line in model.Memory.Lines)
        {
            switch (line.Use)
            {
                case MemoryUse.KvCache or MemoryUse.Weights:
                    // The log has two decimals.
                    Assert.Equal(line.PlannedBytes / mebibyte, line.AllocatedBytes / mebibyte, 0.02);
                    break;
                case MemoryUse.Compute or MemoryUse.Output:
                    Assert.True(line.AllocatedBytes <= line.PlannedBytes + (0.01 * mebibyte), $"{line}");
                    break;
            }
        }

        Dictionary<int, string> assigned = _lines.Select(line => AssignedLayer().Match(line)).Where(match => match.Success)
            .ToDictionary(match => int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture), match => match.Groups[2].Value);
        LayerPlan[] layers = [.. model.Plan.Layers.Skip(1)];
        Assert.Equal(layers.Length, assigned.Count);
        for (int i = 0; i < layers.Length; i++)
        {
            Assert.Equal(layers[i].Device == "cpu" ? "CPU" : native[layers[i].Device[^1] - '0'].Name, assigned[i]);
        }

        Assert.DoesNotContain(_lines, line => line.Contains("than planned", StringComparison.Ordinal));
    }

    private static void AssertSameText(string path, LocalModel onCpu, LocalModel model)
    {
        using BareModel bare = new(path, 128);
        GreedyText.AssertEqual(
            bare,
            onCpu.Tokenize(Prompt, addSpecial: true, parseSpecial: true),
            onCpu.Generate(Prompt, Greedy).TokenIds,
            model.Generate(Prompt, Greedy).TokenIds,
            Tie);
    }

    private static LoadOptions Map(string modules)
    {
        DeviceMap map = new() { ["token_embd"] = "cpu" };
        for (int i = 0; i < modules.Length; i++)
        {
            map[i == modules.Length - 1 ? "output" : $"blk.{i}"] = modules[i] == 'c' ? "cpu" : $"gpu{modules[i]}";
        }

        return new LoadOptions { DeviceMap = map };
    }

    private static string Modules(OffloadPlan plan) => string.Concat(plan.Layers.Skip(1).Select(layer => layer.Device == "cpu" ? 'c' : layer.Device[^1]));

    [GeneratedRegex(@"layer\s+(\d+) assigned to device ([^,\s]+)")]
    private static partial Regex AssignedLayer();
}
