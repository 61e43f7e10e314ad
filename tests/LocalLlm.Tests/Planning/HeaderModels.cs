using LocalLlm.Planning;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Planning;

/// <summary>Headers of models of any size, without a byte of weights.</summary>
internal static class HeaderModels
{
    private const int Alignment = 32;

    /// <summary>Opens what a builder describes: the header is real, the weights behind it are a hole.</summary>
    public static GgufFile Open(TinyModelBuilder model)
    {
        byte[] header = Bytes(model, out long length);
        return GgufFile.Open(new MemorySource(header, GpuSizeRules.RoundUp(header.Length, Alignment) + length));
    }

    /// <summary>The header of what a builder describes.</summary>
    public static byte[] Bytes(TinyModelBuilder model) => Bytes(model, out _);

    private static byte[] Bytes(TinyModelBuilder model, out long length)
    {
        MemoryStream stream = new();
        using GgufWriter writer = GgufWriter.Create(stream);
        foreach ((string key, object value) in model.Metadata)
        {
            writer.Metadata.SetValue(key, value);
        }

        length = 0;
        foreach ((string name, GgmlType type, long[] shape) in model.Tensors)
        {
            writer.AddTensor(name, type, shape);
            long elements = shape.Aggregate(1L, (product, dimension) => product * dimension);
            length += GpuSizeRules.RoundUp(elements / type.BlockSize() * type.TypeSize(), Alignment);
        }

        // It writes the header and then misses the weights.
        Assert.Throws<InvalidOperationException>(writer.Complete);
        return stream.ToArray();
    }

    /// <summary>The footprint of what a builder describes.</summary>
    public static ModelFootprint Footprint(TinyModelBuilder model)
    {
        using GgufFile file = Open(model);
        return ModelFootprint.Of(file);
    }

    /// <summary>A model of Llama's kind.</summary>
    public static TinyModelBuilder Dense(
        int layers = 32, int embedding = 4096, int heads = 32, int headsKv = 8, int feedForward = 14336, int context = 131072, int head = 0, GgmlType type = GgmlType.Q4_K, bool isTied = false, int vocabulary = 0)
    {
        TinyModelBuilder model = Start("llama", layers, embedding, heads, headsKv, feedForward, context, head, type, isTied, vocabulary);
        for (int i = 0; i < layers; i++)
        {
            Attention(model, i, embedding, heads, headsKv, head, type);
            GatedUnit(model, i, embedding, feedForward, type);
        }

        return model;
    }

    /// <summary>Llama 3.1 8B.</summary>
    public static TinyModelBuilder Llama8B(int vocabulary = 0) => Dense(vocabulary: vocabulary);

    /// <summary>Llama 3.1 70B.</summary>
    public static TinyModelBuilder Llama70B(int vocabulary = 0) => Dense(80, 8192, 64, 8, 28672, vocabulary: vocabulary);

    /// <summary>Qwen 2.5 0.5B: rows of 896, which CUDA pads, and biases.</summary>
    public static TinyModelBuilder Qwen2(int vocabulary = 0)
    {
        TinyModelBuilder model = Start("qwen2", 24, 896, 14, 2, 4864, 32768, 0, GgmlType.Q8_0, isTied: true, vocabulary);
        for (int i = 0; i < 24; i++)
        {
            Attention(model, i, 896, 14, 2, 0, GgmlType.Q8_0);
            model.Add($"blk.{i}.attn_q.bias", 896);
            model.Add($"blk.{i}.attn_k.bias", 128);
            model.Add($"blk.{i}.attn_v.bias", 128);
            GatedUnit(model, i, 896, 4864, GgmlType.Q8_0);
        }

        return model;
    }

    /// <summary>Qwen 3 4B.</summary>
    public static TinyModelBuilder Qwen3(int vocabulary = 0)
    {
        TinyModelBuilder model = Start("qwen3", 36, 2560, 32, 8, 9728, 40960, 128, GgmlType.Q6_K, isTied: true, vocabulary);
        for (int i = 0; i < 36; i++)
        {
            Attention(model, i, 2560, 32, 8, 128, GgmlType.Q6_K);
            QueryKeyNorm(model, i, 128);
            GatedUnit(model, i, 2560, 9728, GgmlType.Q6_K);
        }

        return model;
    }

    /// <summary>Mixtral 8x7B: experts in Llama's architecture.</summary>
    public static TinyModelBuilder Mixtral(int vocabulary = 0)
    {
        TinyModelBuilder model = Start("llama", 32, 4096, 32, 8, 14336, 32768, 0, GgmlType.Q4_0, isTied: false, vocabulary);
        model.Set("expert_count", 8);
        model.Set("expert_used_count", 2);
        for (int i = 0; i < 32; i++)
        {
            Attention(model, i, 4096, 32, 8, 0, GgmlType.Q4_0);
            ExpertUnit(model, i, 4096, 14336, 8, GgmlType.Q4_0);
        }

        return model;
    }

    /// <summary>Gemma 2 9B: every second layer has a window.</summary>
    public static TinyModelBuilder Gemma2(int vocabulary = 0)
    {
        TinyModelBuilder model = Start("gemma2", 42, 3584, 16, 8, 14336, 8192, 256, GgmlType.Q4_K, isTied: true, vocabulary);
        model.Set("attention.sliding_window", 4096);
        model.Set("attn_logit_softcapping", 50f);
        model.Set("final_logit_softcapping", 30f);
        for (int i = 0; i < 42; i++)
        {
            Attention(model, i, 3584, 16, 8, 256, GgmlType.Q4_K);
            GatedUnit(model, i, 3584, 14336, GgmlType.Q4_K);
            model.Add($"blk.{i}.post_attention_norm.weight", 3584);
            model.Add($"blk.{i}.post_ffw_norm.weight", 3584);
        }

        return model;
    }

    /// <summary>Phi 3 mini: queries, keys and values in one matrix, both halves of the gated unit in another.</summary>
    public static TinyModelBuilder Phi3(int vocabulary = 0)
    {
        TinyModelBuilder model = Start("phi3", 32, 3072, 32, 32, 8192, 131072, 0, GgmlType.Q5_K, isTied: false, vocabulary);
        model.Set("rope.dimension_count", 96);
        // llama.cpp looks for more tokens in a model that it takes for the real one by its name.
        model.Metadata["general.name"] = "fused";
        for (int i = 0; i < 32; i++)
        {
            model.Add($"blk.{i}.attn_norm.weight", 3072);
            Add(model, $"blk.{i}.attn_qkv.weight", GgmlType.Q5_K, 3072, 3 * 3072);
            Add(model, $"blk.{i}.attn_output.weight", GgmlType.Q5_K, 3072, 3072);
            model.Add($"blk.{i}.ffn_norm.weight", 3072);
            Add(model, $"blk.{i}.ffn_up.weight", GgmlType.Q5_K, 3072, 2 * 8192);
            Add(model, $"blk.{i}.ffn_down.weight", GgmlType.Q5_K, 8192, 3072);
        }

        return model;
    }

    /// <summary>Mamba 2.8B, the first kind.</summary>
    public static TinyModelBuilder Mamba(int vocabulary = 0)
    {
        const int Inner = 5120;
        const int State = 16;
        const int Rank = 160;
        TinyModelBuilder model = Start("mamba", 64, 2560, 0, 0, 0, 1 << 20, 0, GgmlType.F16, isTied: true, vocabulary);
        model.Set("ssm.conv_kernel", 4);
        model.Set("ssm.inner_size", Inner);
        model.Set("ssm.state_size", State);
        model.Set("ssm.time_step_rank", Rank);
        for (int i = 0; i < 64; i++)
        {
            model.Add($"blk.{i}.attn_norm.weight", 2560);
            Add(model, $"blk.{i}.ssm_in.weight", GgmlType.F16, 2560, 2 * Inner);
            model.Add($"blk.{i}.ssm_conv1d.weight", 4, Inner);
            model.Add($"blk.{i}.ssm_conv1d.bias", Inner);
            Add(model, $"blk.{i}.ssm_x.weight", GgmlType.F16, Inner, Rank + (2 * State));
            Add(model, $"blk.{i}.ssm_dt.weight", GgmlType.F16, Rank, Inner);
            model.Add($"blk.{i}.ssm_dt.bias", Inner);
            model.Add($"blk.{i}.ssm_a", State, Inner);
            model.Add($"blk.{i}.ssm_d", Inner);
            Add(model, $"blk.{i}.ssm_out.weight", GgmlType.F16, Inner, 2560);
        }

        return model;
    }

    /// <summary>A model of Qwen 3's kind with experts.</summary>
    public static TinyModelBuilder Experts(
        int layers = 48, int embedding = 2048, int heads = 32, int headsKv = 4, int expertFeedForward = 768, int experts = 128, int used = 8, int context = 40960, int head = 128, GgmlType type = GgmlType.Q4_K, int vocabulary = 0)
    {
        TinyModelBuilder model = Start("qwen3moe", layers, embedding, heads, headsKv, expertFeedForward, context, head, type, isTied: false, vocabulary);
        model.Set("expert_count", experts);
        model.Set("expert_used_count", used);
        model.Set("expert_feed_forward_length", expertFeedForward);
        for (int i = 0; i < layers; i++)
        {
            Attention(model, i, embedding, heads, headsKv, head, type);
            QueryKeyNorm(model, i, head);
            ExpertUnit(model, i, embedding, expertFeedForward, experts, type);
        }

        return model;
    }

    /// <summary>A model of Gemma 3's kind: five layers with a window, then one without.</summary>
    public static TinyModelBuilder Window(
        int layers = 48, int embedding = 3840, int heads = 16, int headsKv = 8, int feedForward = 15360, int context = 131072, int head = 256, int window = 1024, GgmlType type = GgmlType.Q4_K, int vocabulary = 0)
    {
        TinyModelBuilder model = Start("gemma3", layers, embedding, heads, headsKv, feedForward, context, head, type, isTied: true, vocabulary);
        model.Set("attention.sliding_window", window);
        for (int i = 0; i < layers; i++)
        {
            Attention(model, i, embedding, heads, headsKv, head, type);
            QueryKeyNorm(model, i, head);
            GatedUnit(model, i, embedding, feedForward, type);
            model.Add($"blk.{i}.post_attention_norm.weight", embedding);
            model.Add($"blk.{i}.post_ffw_norm.weight", embedding);
        }

        return model;
    }

    /// <summary>gpt-oss 20B: every second layer has a window, and there are experts.</summary>
    public static TinyModelBuilder GptOss(int vocabulary = 0)
    {
        const int Embedding = 2880;
        const int Head = 64;
        TinyModelBuilder model = Start("gpt-oss", 24, Embedding, 64, 8, Embedding, 131072, Head, GgmlType.Q8_0, isTied: false, vocabulary);
        model.Set("attention.sliding_window", 128);
        model.Set("expert_count", 32);
        model.Set("expert_used_count", 4);
        model.Set("expert_feed_forward_length", Embedding);
        for (int i = 0; i < 24; i++)
        {
            Attention(model, i, Embedding, 64, 8, Head, GgmlType.Q8_0);
            model.Add($"blk.{i}.attn_output.bias", Embedding);
            model.Add($"blk.{i}.attn_sinks.weight", 64);
            model.Add($"blk.{i}.post_attention_norm.weight", Embedding);
            ExpertUnit(model, i, Embedding, Embedding, 32, GgmlType.MXFP4);
            model.Remove($"blk.{i}.ffn_norm.weight");
            model.Add($"blk.{i}.ffn_gate_inp.bias", 32);
            foreach (string side in (string[])["gate", "up", "down"])
            {
                model.Add($"blk.{i}.ffn_{side}_exps.bias", Embedding, 32);
            }
        }

        return model;
    }

    /// <summary>A model of DeepSeek 2's kind: one compressed row per token.</summary>
    public static TinyModelBuilder Latent(int layers = 27, int embedding = 2048, int heads = 16, int rank = 512, int experts = 64, int context = 163840, GgmlType type = GgmlType.Q4_K, int vocabulary = 0)
    {
        const int Rotated = 64;
        const int Head = 128;
        TinyModelBuilder model = Start("deepseek2", layers, embedding, heads, 1, embedding * 4, context, rank + Rotated, type, isTied: false, vocabulary);
        model.Set("attention.kv_lora_rank", rank);
        model.Set("attention.q_lora_rank", rank);
        model.Set("attention.value_length", rank);
        model.Set("attention.key_length_mla", Head + Rotated);
        model.Set("attention.value_length_mla", Head);
        model.Set("rope.dimension_count", Rotated);
        model.Set("leading_dense_block_count", 1);
        model.Set("expert_count", experts);
        model.Set("expert_used_count", 6);
        model.Set("expert_feed_forward_length", embedding / 2);
        model.Set("expert_shared_count", 1);
        for (int i = 0; i < layers; i++)
        {
            model.Add($"blk.{i}.attn_norm.weight", embedding);
            model.Add($"blk.{i}.attn_kv_a_norm.weight", rank);
            if (layers is 26 or 27)
            {
                // Those of the Lite models.
                Add(model, $"blk.{i}.attn_q.weight", type, embedding, heads * (Head + Rotated));
            }
            else
            {
                model.Add($"blk.{i}.attn_q_a_norm.weight", rank);
                Add(model, $"blk.{i}.attn_q_a.weight", type, embedding, rank);
                Add(model, $"blk.{i}.attn_q_b.weight", type, rank, heads * (Head + Rotated));
            }

            Add(model, $"blk.{i}.attn_kv_a_mqa.weight", type, embedding, rank + Rotated);
            Add(model, $"blk.{i}.attn_k_b.weight", GgmlType.Q8_0, Head, rank, heads);
            Add(model, $"blk.{i}.attn_v_b.weight", GgmlType.Q8_0, rank, Head, heads);
            Add(model, $"blk.{i}.attn_output.weight", type, heads * Head, embedding);
            if (i == 0)
            {
                GatedUnit(model, i, embedding, embedding * 4, type);
                continue;
            }

            ExpertUnit(model, i, embedding, embedding / 2, experts, type);
            foreach (string side in (string[])["gate", "up"])
            {
                Add(model, $"blk.{i}.ffn_{side}_shexp.weight", type, embedding, embedding / 2);
            }

            Add(model, $"blk.{i}.ffn_down_shexp.weight", type, embedding / 2, embedding);
        }

        return model;
    }

    /// <summary>A model of Mamba 2's kind.</summary>
    public static TinyModelBuilder Recurrent(int layers = 64, int embedding = 2560, int state = 128, GgmlType type = GgmlType.Q4_K, int vocabulary = 0)
    {
        TinyModelBuilder model = Start("mamba2", layers, embedding, 0, 0, 0, 1 << 20, 0, type, isTied: true, vocabulary);
        int inner = 2 * embedding;
        int heads = inner / 64;
        model.Set("ssm.conv_kernel", 4);
        model.Set("ssm.inner_size", inner);
        model.Set("ssm.state_size", state);
        model.Set("ssm.time_step_rank", heads);
        model.Set("ssm.group_count", 1);
        for (int i = 0; i < layers; i++)
        {
            model.Add($"blk.{i}.attn_norm.weight", embedding);
            Add(model, $"blk.{i}.ssm_in.weight", type, embedding, (2 * inner) + (2 * state) + heads);
            model.Add($"blk.{i}.ssm_conv1d.weight", 4, inner + (2 * state));
            model.Add($"blk.{i}.ssm_conv1d.bias", inner + (2 * state));
            model.Add($"blk.{i}.ssm_dt.bias", heads);
            model.Add($"blk.{i}.ssm_a", 1, heads);
            model.Add($"blk.{i}.ssm_d", 1, heads);
            model.Add($"blk.{i}.ssm_norm.weight", inner, 1);
            Add(model, $"blk.{i}.ssm_out.weight", type, inner, embedding);
        }

        return model;
    }

    /// <summary>A model of LFM 2's kind: every third layer attends.</summary>
    public static TinyModelBuilder Hybrid(int layers = 16, int embedding = 2048, int heads = 32, int headsKv = 8, int feedForward = 8192, int context = 128000, GgmlType type = GgmlType.Q4_K, int vocabulary = 0)
    {
        TinyModelBuilder model = Start("lfm2", layers, embedding, heads, headsKv, feedForward, context, 0, type, isTied: true, vocabulary);
        model.SetLayers("attention.head_count_kv", [.. Enumerable.Range(0, layers).Select(i => i % 3 == 2 ? headsKv : 0)]);
        model.Set("shortconv.l_cache", 3);
        model.Rename("output_norm.weight", "token_embd_norm.weight");
        for (int i = 0; i < layers; i++)
        {
            if (i % 3 == 2)
            {
                Attention(model, i, embedding, heads, headsKv, 0, type);
                QueryKeyNorm(model, i, embedding / heads);
            }
            else
            {
                model.Add($"blk.{i}.attn_norm.weight", embedding);
                model.Add($"blk.{i}.shortconv.conv.weight", 3, embedding);
                Add(model, $"blk.{i}.shortconv.in_proj.weight", type, embedding, 3 * embedding);
                Add(model, $"blk.{i}.shortconv.out_proj.weight", type, embedding, embedding);
            }

            GatedUnit(model, i, embedding, feedForward, type);
        }

        return model;
    }

    private static TinyModelBuilder Start(
        string architecture, int layers, int embedding, int heads, int headsKv, int feedForward, int context, int head, GgmlType type, bool isTied, int vocabulary)
    {
        TinyModelBuilder model = new(architecture, TinyVocabulary.BytePairs(vocabulary));
        model.Set("block_count", layers);
        model.Set("context_length", context);
        model.Set("embedding_length", embedding);
        model.Set("feed_forward_length", feedForward);
        model.Set("attention.head_count", heads);
        model.Set("attention.head_count_kv", headsKv);
        model.Set("attention.layer_norm_rms_epsilon", 1e-5f);
        if (head > 0)
        {
            model.Set("attention.key_length", head);
            model.Set("attention.value_length", head);
        }

        Add(model, "token_embd.weight", type, embedding, model.Vocabulary.Count);
        model.Add("output_norm.weight", embedding);
        if (!isTied)
        {
            Add(model, "output.weight", type, embedding, model.Vocabulary.Count);
        }

        return model;
    }

    private static void Attention(TinyModelBuilder model, int layer, int embedding, int heads, int headsKv, int head, GgmlType type)
    {
        int size = head > 0 ? head : embedding / heads;
        model.Add($"blk.{layer}.attn_norm.weight", embedding);
        Add(model, $"blk.{layer}.attn_q.weight", type, embedding, heads * size);
        Add(model, $"blk.{layer}.attn_k.weight", type, embedding, headsKv * size);
        Add(model, $"blk.{layer}.attn_v.weight", type, embedding, headsKv * size);
        Add(model, $"blk.{layer}.attn_output.weight", type, heads * size, embedding);
    }

    private static void QueryKeyNorm(TinyModelBuilder model, int layer, int head)
    {
        model.Add($"blk.{layer}.attn_q_norm.weight", head);
        model.Add($"blk.{layer}.attn_k_norm.weight", head);
    }

    private static void GatedUnit(TinyModelBuilder model, int layer, int embedding, int feedForward, GgmlType type)
    {
        model.Add($"blk.{layer}.ffn_norm.weight", embedding);
        Add(model, $"blk.{layer}.ffn_gate.weight", type, embedding, feedForward);
        Add(model, $"blk.{layer}.ffn_up.weight", type, embedding, feedForward);
        Add(model, $"blk.{layer}.ffn_down.weight", type, feedForward, embedding);
    }

    private static void ExpertUnit(TinyModelBuilder model, int layer, int embedding, int feedForward, int experts, GgmlType type)
    {
        model.Add($"blk.{layer}.ffn_norm.weight", embedding);
        model.Add($"blk.{layer}.ffn_gate_inp.weight", embedding, experts);
        Add(model, $"blk.{layer}.ffn_gate_exps.weight", type, embedding, feedForward, experts);
        Add(model, $"blk.{layer}.ffn_up_exps.weight", type, embedding, feedForward, experts);
        Add(model, $"blk.{layer}.ffn_down_exps.weight", type, feedForward, embedding, experts);
    }

    // Where rows are no multiple of the type's blocks, as quantizers do: a type with smaller ones.
    private static void Add(TinyModelBuilder model, string name, GgmlType type, params long[] shape)
    {
        GgmlType fitting = shape[0] % type.BlockSize() == 0 ? type : shape[0] % GgmlType.Q8_0.BlockSize() == 0 ? GgmlType.Q8_0 : GgmlType.F16;
        model.Tensors.Add((name, fitting, shape));
    }
}
