using LocalLlm.Planning;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Planning;

public sealed class FootprintTests
{
    private const long MiB = 1L << 20;

    private static readonly GpuSizeRules AsInFile = new(1, 1);

    public static TheoryData<string> Architectures => [.. TinyModels.All];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Parts_add_up_to_the_files_tensors(string architecture)
    {
        using TestFolder folder = new();
        AssertAddsUp(TinyModels.Write(folder, architecture));
    }

    [Fact]
    [Trait("Category", "Model")]
    public void Parts_of_real_models_add_up_to_their_tensors()
    {
        AssertAddsUp(Gguf.TestModels.Guide);
        AssertAddsUp(Gguf.TestModels.SmolLm);
        AssertAddsUp(Gguf.TestModels.MiniLm);
    }

    // R10: their documented sizes were off by −69 to +210 %.
    [Theory]
    [InlineData(28, 3072, 24, 131072, 15_032_385_536)]
    [InlineData(36, 4096, 32, 32768, 4_831_838_208)]
    [InlineData(36, 4096, 32, 131072, 19_327_352_832)]
    [InlineData(28, 2048, 16, 262144, 30_064_771_072)]
    public void Caches_are_what_the_formula_says(int layers, int embedding, int heads, int context, long expected)
    {
        ModelFootprint model = HeaderModels.Footprint(HeaderModels.Dense(layers, embedding, heads, 8, 8192, context, head: 128));
        Assert.Equal(expected, CacheBytes(model, new CacheSettings { ContextLength = context }));
    }

    [Fact]
    public void Layers_with_a_window_do_not_grow_with_the_context()
    {
        ModelFootprint model = HeaderModels.Footprint(HeaderModels.GptOss());
        CacheSettings settings = new() { ContextLength = 131072 };
        Assert.Equal(ModelFamily.Experts, model.Family);
        Assert.Equal(3_221_225_472, model.Caches.Where(cache => cache.Window == 0).Sum(cache => cache.Bytes(settings, GpuSizeRules.Cuda)));
        // 128 + 512 cells, rounded up to 768, in each of 12 layers.
        Assert.Equal(12L * 768 * 8 * 64 * 4, model.Caches.Where(cache => cache.Window == 128).Sum(cache => cache.Bytes(settings, GpuSizeRules.Cuda)));

        ModelFootprint gemma = HeaderModels.Footprint(HeaderModels.Window());
        Assert.Equal(ModelFamily.Window, gemma.Family);
        Assert.Equal(2528 * MiB, CacheBytes(gemma, new CacheSettings { ContextLength = 32768 }));
        Assert.Equal((2048 * MiB) + (40L * ((4 * 1024) + 512) * 8 * 256 * 4), CacheBytes(gemma, new CacheSettings { ContextLength = 8192, Sequences = 4 }));
    }

    // R11
    [Fact]
    public void Latent_attention_keeps_one_row_per_token_and_no_values()
    {
        ModelFootprint model = HeaderModels.Footprint(HeaderModels.Latent());
        Assert.Equal(ModelFamily.Latent, model.Family);
        Assert.Equal(27L * 576 * 2 * 8192, CacheBytes(model, new CacheSettings { ContextLength = 8192 }));
    }

    [Fact]
    public void States_depend_on_sequences_only()
    {
        ModelFootprint model = HeaderModels.Footprint(HeaderModels.Recurrent());
        Assert.Equal(ModelFamily.Recurrent, model.Family);
        long one = CacheBytes(model, new CacheSettings { ContextLength = 1024 });
        Assert.Equal(64L * 4 * ((3 * (5120 + 256)) + (128 * 5120)), one);
        Assert.Equal(one, CacheBytes(model, new CacheSettings { ContextLength = 1 << 20 }));
        Assert.Equal(64 * one, CacheBytes(model, new CacheSettings { ContextLength = 1024, Sequences = 64 }));
    }

    // R11
    [Fact]
    public void Hybrids_count_each_layers_own_kind()
    {
        ModelFootprint model = HeaderModels.Footprint(HeaderModels.Hybrid(layers: 6));
        Assert.Equal(ModelFamily.Hybrid, model.Family);
        CacheSettings settings = new() { ContextLength = 4096 };
        Assert.Equal([2L * 2048 * 4, 2L * 2048 * 4, 2L * 8 * 64 * 2 * 4096], model.Caches.Take(3).Select(cache => cache.Bytes(settings, GpuSizeRules.Host)));
    }

    // R11: Qwen 3 0.6B has 16 heads of 128 in an embedding of 1024, OpenELM other heads in each layer.
    [Fact]
    public void Heads_have_the_length_that_the_header_tells()
    {
        ModelFootprint model = HeaderModels.Footprint(HeaderModels.Dense(28, 1024, 16, 8, 3072, head: 128));
        Assert.Equal(28L * 2 * 8 * 128 * 2 * 4096, CacheBytes(model, new CacheSettings { ContextLength = 4096 }));
    }

    [Fact]
    public void Heads_may_differ_by_layer()
    {
        ModelFootprint model = HeaderModels.Footprint(OpenElm());
        CacheSettings settings = new() { ContextLength = 256 };
        Assert.Equal([256L * 64 * 3 * 4, 256L * 64 * 5 * 4], model.Caches.Select(cache => cache.Bytes(settings, GpuSizeRules.Host)));
    }

    [Theory]
    [InlineData(KvCacheType.Q8_0, 34)]
    [InlineData(KvCacheType.Q4_0, 18)]
    public void Quantized_caches_are_padded_on_cuda_only(KvCacheType type, int blockBytes)
    {
        ModelFootprint model = HeaderModels.Footprint(HeaderModels.Dense(1, 1280, 20, 5, 2048, head: 64));
        GgmlType ggml = type == KvCacheType.Q8_0 ? GgmlType.Q8_0 : GgmlType.Q4_0;
        CacheSettings settings = new() { ContextLength = 256, KeyType = ggml, ValueType = ggml };
        long plain = 2 * 256 * (320 / 32) * blockBytes;
        Assert.Equal(plain, CacheBytes(model, settings, GpuSizeRules.Host));
        // 192 elements to the next multiple of 512, once for each tensor.
        Assert.Equal(2 * GpuSizeRules.RoundUp((plain / 2) + (192 / 32 * blockBytes), 128), CacheBytes(model, settings));
    }

    [Fact]
    public void Weights_are_padded_and_aligned_as_the_device_wants()
    {
        Assert.Equal(4096, GpuSizeRules.Cuda.Bytes(GgmlType.F16, 2048, 4096));
        Assert.Equal(128, GpuSizeRules.Cuda.Bytes(GgmlType.F32, 1, 4));
        // Qwen 2.5 0.5B: rows of 896.
        Assert.Equal(GpuSizeRules.RoundUp((896L / 32 * 34 * 896) + (128 / 32 * 34), 128), GpuSizeRules.Cuda.Bytes(GgmlType.Q8_0, 896, 896L / 32 * 34 * 896));
        Assert.Equal(896L / 32 * 34 * 896, GpuSizeRules.Vulkan.Bytes(GgmlType.Q8_0, 896, 896L / 32 * 34 * 896));
    }

    [Fact]
    public void Tied_embeddings_cost_the_device_a_copy()
    {
        ModelFootprint tied = HeaderModels.Footprint(HeaderModels.Dense(2, 1024, 16, 4, 2048, isTied: true));
        ModelFootprint own = HeaderModels.Footprint(HeaderModels.Dense(2, 1024, 16, 4, 2048));
        Assert.NotNull(tied.OutputTied);
        Assert.Null(own.OutputTied);
        Assert.Equal(own.OutputBytes(GpuSizeRules.Cuda), tied.OutputBytes(GpuSizeRules.Cuda));
    }

    [Fact]
    public void Encoders_keep_nothing_and_have_no_output()
    {
        using GgufFile file = GgufFile.Open(Gguf.TestModels.MiniLm);
        ModelFootprint model = ModelFootprint.Of(file);
        Assert.Equal(ModelFamily.Encoder, model.Family);
        Assert.Null(model.OutputTied);
        Assert.Equal(0, CacheBytes(model, new CacheSettings { ContextLength = 512 }));
    }

    [Fact]
    public void Draft_layers_are_counted_but_not_loaded()
    {
        TinyModelBuilder header = TinyModels.Plan(TinyModels.Experts);
        header.Set("block_count", 4);
        header.Set("nextn_predict_layers", 1);
        header.Add("blk.3.nextn.eh_proj.weight", 128, 64);
        ModelFootprint model = HeaderModels.Footprint(header);
        Assert.Equal((4, 3, true), (model.LayerCount, model.TrunkLayerCount, model.HasDraftHead));
        Assert.Equal(0, model.LayerBytes(AsInFile, _ => true)[3]);
        // llama.cpp makes a cache for it all the same (create_memory: no filter for this architecture).
        CacheSettings settings = new() { ContextLength = 256 };
        Assert.Equal(model.Caches[0].Bytes(settings, GpuSizeRules.Host), model.Caches[3].Bytes(settings, GpuSizeRules.Host));
    }

    [Fact]
    public void Unknown_architectures_say_so()
    {
        TinyModelBuilder header = HeaderModels.Dense(2, 1024, 16, 4, 2048);
        foreach ((string key, object value) in header.Metadata.Where(entry => entry.Key.StartsWith("llama.", StringComparison.Ordinal)).ToArray())
        {
            header.Metadata[$"talkie.{key["llama.".Length..]}"] = value;
        }

        header.Metadata["general.architecture"] = "talkie";
        Assert.Equal(ModelFamily.NativeOnly, HeaderModels.Footprint(header).Family);
    }

    [Theory]
    [InlineData("blk.3.attn_q.weight", "Layer", "Attention")]
    [InlineData("blk.3.ffn_gate_up_exps.weight", "Layer", "Experts")]
    [InlineData("blk.3.ffn_down_exps.bias", "Layer", "Experts")]
    [InlineData("blk.3.ffn_up_shexp.weight", "Layer", "FeedForward")]
    [InlineData("blk.3.ffn_gate_inp.weight", "Layer", "Other")]
    [InlineData("blk.3.attn_q_norm.weight", "Layer", "Norm")]
    [InlineData("blk.3.ssm_a", "Layer", "Attention")]
    [InlineData("blk.9.nextn.eh_proj.weight", "Skipped", "Other")]
    [InlineData("token_embd.weight", "Input", "Other")]
    [InlineData("token_embd_norm.weight", "Layer", "Norm")]
    [InlineData("per_layer_token_embd.weight", "Input", "Other")]
    [InlineData("rope_freqs.weight", "EachDevice", "Other")]
    [InlineData("output_norm.weight", "Output", "Norm")]
    [InlineData("cls.output.bias", "Output", "Other")]
    public void Names_tell_where_a_tensor_goes_and_what_it_is_for(string name, string home, string part)
    {
        Assert.Equal(home, TensorRules.Home(name, "llama", 9).Kind.ToString());
        Assert.Equal(part, TensorRules.Part(name).ToString());
    }

    private static TinyModelBuilder OpenElm()
    {
        TinyModelBuilder model = new("openelm", TinyVocabulary.BytePairs());
        model.Set("block_count", 2);
        model.Set("context_length", 2048);
        model.Set("embedding_length", 512);
        model.SetLayers("feed_forward_length", 768, 1024);
        model.SetLayers("attention.head_count", 12, 20);
        model.SetLayers("attention.head_count_kv", 3, 5);
        model.Set("attention.key_length", 64);
        model.Set("attention.value_length", 64);
        model.Set("attention.layer_norm_rms_epsilon", 1e-5f);
        model.Add("token_embd.weight", 512, model.Vocabulary.Count);
        model.Add("output_norm.weight", 512);
        for (int i = 0; i < 2; i++)
        {
            int heads = i == 0 ? 12 : 20;
            int headsKv = i == 0 ? 3 : 5;
            int feedForward = i == 0 ? 768 : 1024;
            model.Add($"blk.{i}.attn_norm.weight", 512);
            model.Add($"blk.{i}.attn_qkv.weight", 512, (heads + (2 * headsKv)) * 64);
            model.Add($"blk.{i}.attn_q_norm.weight", 64);
            model.Add($"blk.{i}.attn_k_norm.weight", 64);
            model.Add($"blk.{i}.attn_output.weight", heads * 64, 512);
            model.Add($"blk.{i}.ffn_norm.weight", 512);
            model.Add($"blk.{i}.ffn_gate.weight", 512, feedForward);
            model.Add($"blk.{i}.ffn_up.weight", 512, feedForward);
            model.Add($"blk.{i}.ffn_down.weight", feedForward, 512);
        }

        return model;
    }

    private static long CacheBytes(ModelFootprint model, CacheSettings settings, GpuSizeRules? rules = null) =>
        model.Caches.Sum(cache => cache.Bytes(settings, rules ?? GpuSizeRules.Cuda));

    private static void AssertAddsUp(string path)
    {
        using GgufFile file = GgufFile.Open(path);
        ModelFootprint model = ModelFootprint.Of(file);
        long parts = Enum.GetValues<LayerPart>().Sum(part => model.LayerBytes(AsInFile, wanted => wanted == part).Sum());
        long outside = new[] { TensorHomeKind.Input, TensorHomeKind.Output, TensorHomeKind.EachDevice, TensorHomeKind.Skipped }.Sum(kind => model.Bytes(kind, AsInFile));
        Assert.Equal(file.Summarize().TensorBytes, parts + outside);
    }
}
