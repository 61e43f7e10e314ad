using LocalLlm.Planning;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Planning;

public sealed class SimulationTests
{
    private const double MiB = 1 << 20;

    [Fact]
    public void The_loaded_library_passes_the_self_test()
    {
        NativeRuntime.Load();
        Assert.Null(SimulationSelfTest.Failure);
    }

    [Fact]
    public void A_plan_for_this_machine_is_verified_unless_that_is_not_wanted()
    {
        using GgufFile file = GgufFile.Open(GuideModel.Path);
        HardwareProfile here = HardwareProfile.Detect();
        OffloadPlan plan = OffloadPlanner.Plan(file, here);
        Assert.True(plan.Verified, string.Join('\n', plan.Warnings));
        Assert.Equal(new PlanOrigins(FigureOrigin.Exact, FigureOrigin.Exact, FigureOrigin.Simulated), plan.Origins);
        Assert.Contains("Verified by llama.cpp", plan.ToString(), StringComparison.Ordinal);
        OffloadPlan bounds = OffloadPlanner.Plan(file, here, new PlanOptions { Verify = false });
        Assert.False(bounds.Verified);
        Assert.Equal(FigureOrigin.Bound, bounds.Origins.Compute);
    }

    [Fact]
    public void A_machine_that_is_only_described_is_not_asked_about()
    {
        using GgufFile file = GgufFile.Open(GuideModel.Path);
        OffloadPlan plan = OffloadPlanner.Plan(file, HardwareProfile.Parse("gpu0=24GiB,ram=64GiB"));
        Assert.False(plan.Verified);
        Assert.Empty(plan.Warnings);
    }

    [Fact]
    public void Every_kind_of_model_can_be_asked_about_and_takes_no_more_than_its_bounds()
    {
        NativeRuntime.Load();
        PlanOptions options = new() { ContextLength = 512, Sequences = 3 };
        foreach (string architecture in TinyModels.All)
        {
            using GgufFile file = HeaderModels.Open(TinyModels.Plan(architecture));
            ModelFootprint model = ModelFootprint.Of(file);
            OffloadPlan bounds = StageOne.Plan(model, PlanTests.Machine(64), options);
            OffloadPlan plan = StageTwo.Plan(file, model, PlanTests.Machine(64), options, 0);
            Assert.True(plan.Verified, $"{architecture}: {string.Join('\n', plan.Warnings)}");
            Assert.InRange(plan.Host.ComputeBytes, 1, bounds.Host.ComputeBytes);
        }
    }

    [Fact]
    public void Parts_of_a_split_model_make_the_header_of_the_whole()
    {
        using TestFolder folder = new();
        string whole = TinyModels.Write(folder, TinyModels.Experts);
        IReadOnlyList<string> parts = GgufSplitter.Split(whole, folder.File("split.gguf"), new GgufSplitOptions { MaxTensors = 7 });
        using GgufFile one = GgufFile.Open(whole);
        using GgufFile many = GgufFile.Open(parts[^1]);
        Assert.True(parts.Count > 2);
        Assert.Equal(StrippedHeader.Of(one), StrippedHeader.Of(many));
    }

    [Fact]
    public void Without_its_vocabulary_a_header_is_small_and_says_how_large_it_was()
    {
        using GgufFile file = HeaderModels.Open(HeaderModels.Dense(2, 256, 4, 2, 512, vocabulary: 100_000));
        byte[] header = StrippedHeader.Of(file);
        Assert.InRange(header.Length, 1, 4096);
        using GgufFile stripped = GgufFile.Open(new MemorySource(header));
        Assert.Equal(100_000u, stripped.Metadata.GetUInt32("llama.vocab_size"));
        Assert.Equal(file.Tensors.Select(tensor => (tensor.Name, tensor.Type, tensor.ByteLength)), stripped.Tensors.Select(tensor => (tensor.Name, tensor.Type, tensor.ByteLength)));
    }

    [Theory]
    [InlineData("load_tensors:        CUDA0 model buffer size =  1234.50 MiB", "CUDA0", "model", 1234.5)]
    [InlineData("sched_reserve:  CUDA_Host compute buffer size =    16,01 MiB", "CUDA_Host", "compute", 16.01)]
    [InlineData("llm_load_tensors: CUDA0 KV buffer size = 0.00 MiB", "CUDA0", "KV", 0)]
    public void Sizes_are_read_whatever_stands_before_them(string line, string buffer, string kind, double mebibytes)
    {
        BufferLog log = new();
        log.Add(line);
        Assert.Equal(mebibytes, log.Bytes[(buffer, kind)] / MiB, 0.001);
    }

    [Theory]
    [InlineData("CPU", true)]
    [InlineData("Vulkan0", false)]
    public void Attention_of_a_layer_in_RAM_that_a_GPU_computes_is_no_want_of_support(string device, bool isMistaken)
    {
        NativeRuntime.Load();
        BufferLog log = new();
        log.Add($"resolve_fused_ops: layer 0 is assigned to device {device} but Flash Attention is assigned to device Fake0 (usually due to missing support)");
        log.Add("resolve_fused_ops: Flash Attention not supported, set to disabled");
        Assert.True(log.RefusesFlashAttention);
        Assert.Equal(isMistaken, new SimulationResult(log, null).MistakesFlashAttention);
    }

    [Fact]
    public void Several_caches_add_up()
    {
        BufferLog log = new();
        log.Add("llama_kv_cache: size =   20.00 MiB (   512 cells,   2 layers,  1/1 seqs), K (f16):   10.00 MiB, V (f16):   10.00 MiB");
        log.Add("llama_kv_cache: size =    1.50 MiB (   256 cells,  10 layers,  1/1 seqs), K (f16):    0.75 MiB, V (f16):    0.75 MiB");
        log.Add("llama_memory_recurrent: size =    0.25 MiB (     1 cells,   3 layers,  1 seqs  0 rs_seq), R (f32):    0.05 MiB, S (f32):    0.20 MiB");
        log.Add("load_tensors: layer   7 assigned to device Vulkan1, is_swa = 0");
        Assert.Equal((21.75, 3), (log.CacheBytes / MiB, log.CacheLines));
        Assert.Equal("Vulkan1", log.Layers[7]);
    }

    [Fact]
    public void The_processor_repacks_only_quantized_types()
    {
        NativeRuntime.Load();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", ProcessorRepacking.Types));
        Assert.All(ProcessorRepacking.Types, type => Assert.True(type.IsQuantized()));
        Assert.Subset(new HashSet<GgmlType>(new PlanMachine { RamBytes = 0 }.RepackedTypes), new HashSet<GgmlType>(ProcessorRepacking.Types));
    }

    [Fact]
    public async Task No_damaged_header_ends_the_process()
    {
        string seed = Environment.GetEnvironmentVariable("LOCALLLM_FUZZ_SEED") ?? $"{Random.Shared.Next()}";
        string count = Environment.GetEnvironmentVariable("LOCALLLM_FUZZ_COUNT") ?? (Requirement.RunsAll ? "6000" : "600");
        using TemporaryFolder folder = new();
        string progress = folder.File("case.txt");
        Exception? failed = await Record.ExceptionAsync(() => ChildTest.PassesAsync(
            typeof(SimulationFuzzChild),
            nameof(SimulationFuzzChild.Asks_about_damaged_headers),
            null,
            ("LOCALLLM_FUZZ_COUNT", count),
            ("LOCALLLM_FUZZ_SEED", seed),
            ("LOCALLLM_FUZZ_FOLDER", $"{folder}")));

        Assert.True(failed is null, $"LOCALLLM_FUZZ_SEED={seed}, {(File.Exists(progress) ? await File.ReadAllTextAsync(progress, TestContext.Current.CancellationToken) : "before the first case")}: {failed?.Message}");
    }
}
