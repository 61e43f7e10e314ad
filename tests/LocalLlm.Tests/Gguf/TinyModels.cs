namespace LocalLlm.Tests.Gguf;

/// <summary>
/// Models of a few hundred kilobytes with random weights, one for each way in which llama.cpp keeps what it has read. They
/// load, and write nonsense in ASCII without ever ending by themselves; the same seed gives the same file.
/// </summary>
internal static class TinyModels
{
    /// <summary>Plain attention.</summary>
    public const string Dense = "llama";

    /// <summary>Experts, of which each token uses some.</summary>
    public const string Experts = "qwen2moe";

    /// <summary>Most layers see a window of 16 tokens only; a SentencePiece vocabulary.</summary>
    public const string Window = "gemma3";

    /// <summary>Low-rank attention, whose cache holds no keys and values but what both are made of.</summary>
    public const string LowRank = "deepseek2";

    /// <summary>A state instead of a cache: nothing can be taken back.</summary>
    public const string Recurrent = "mamba";

    /// <summary>Layers of both kinds.</summary>
    public const string Hybrid = "lfm2";

    private const int Embedding = 64;
    private const int Heads = 4;
    private const int HeadsKv = 2;
    private const int Head = 16;
    private const int KeyValue = HeadsKv * Head;
    private const int FeedForward = 96;
    private const int ExpertCount = 4;
    private const int ExpertFeedForward = 32;

    /// <summary>All of them.</summary>
    public static readonly string[] All = [Dense, Experts, Window, LowRank, Recurrent, Hybrid];

    /// <summary>Writes the model of an architecture into a folder and returns its path.</summary>
    public static string Write(TestFolder folder, string architecture, int seed = 1)
    {
        string path = folder.File($"tiny-{architecture}-{seed}.gguf");
        Plan(architecture).Write(path, seed);
        return path;
    }

    /// <summary>The same with a context that a chat has room in.</summary>
    public static string WriteLong(TestFolder folder, string architecture)
    {
        string path = folder.File($"tiny-{architecture}-long.gguf");
        TinyModelBuilder plan = Plan(architecture);
        plan.Set("context_length", 1024);
        plan.Write(path, seed: 1);
        return path;
    }

    /// <summary>What the model of an architecture consists of, to be changed before it is written.</summary>
    public static TinyModelBuilder Plan(string architecture) => architecture switch
    {
        Dense => PlanDense(),
        Experts => PlanExperts(),
        Window => PlanWindow(),
        LowRank => PlanLowRank(),
        Recurrent => PlanRecurrent(),
        Hybrid => PlanHybrid(),
        _ => throw new ArgumentException($"There is no tiny model of '{architecture}'.", nameof(architecture)),
    };

    private static TinyModelBuilder PlanDense()
    {
        TinyModelBuilder model = Start(Dense, layers: 3);
        for (int i = 0; i < 3; i++)
        {
            AddAttention(model, i);
            AddFeedForward(model, i);
        }

        return model;
    }

    private static TinyModelBuilder PlanExperts()
    {
        TinyModelBuilder model = Start(Experts, layers: 3);
        model.Set("expert_count", ExpertCount);
        model.Set("expert_used_count", 2);
        model.Set("expert_feed_forward_length", ExpertFeedForward);
        model.Set("expert_shared_feed_forward_length", ExpertFeedForward);
        for (int i = 0; i < 3; i++)
        {
            AddAttention(model, i);
            foreach (char projection in "qkv")
            {
                model.Add($"blk.{i}.attn_{projection}.bias", projection == 'q' ? Embedding : KeyValue);
            }

            model.Add($"blk.{i}.ffn_norm.weight", Embedding);
            AddExperts(model, i);
            model.Add($"blk.{i}.ffn_gate_inp_shexp.weight", Embedding);
            AddGatedUnit(model, $"blk.{i}", "_shexp", ExpertFeedForward);
        }

        return model;
    }

    private static TinyModelBuilder PlanWindow()
    {
        TinyModelBuilder model = Start(Window, layers: 4, TinyVocabulary.SentencePieces());
        model.Set("attention.sliding_window", 16);
        model.Set("attention.sliding_window_pattern", 2);
        for (int i = 0; i < 4; i++)
        {
            AddAttention(model, i);
            AddQueryKeyNorm(model, i);
            AddFeedForward(model, i);
            model.Add($"blk.{i}.post_attention_norm.weight", Embedding);
            model.Add($"blk.{i}.post_ffw_norm.weight", Embedding);
        }

        return model;
    }

    private static TinyModelBuilder PlanLowRank()
    {
        const int QueryRank = 24;
        const int KeyRank = 16;
        const int Rotated = 8;
        const int Plain = 8;
        const int Value = 12;
        TinyModelBuilder model = Start(LowRank, layers: 3);
        model.Set("attention.head_count_kv", 1);
        model.Set("attention.q_lora_rank", QueryRank);
        model.Set("attention.kv_lora_rank", KeyRank);
        model.Set("attention.key_length", KeyRank + Rotated);
        model.Set("attention.value_length", KeyRank);
        model.Set("attention.key_length_mla", Plain + Rotated);
        model.Set("attention.value_length_mla", Value);
        model.Set("rope.dimension_count", Rotated);
        model.Set("leading_dense_block_count", 1);
        model.Set("expert_count", ExpertCount);
        model.Set("expert_used_count", 2);
        model.Set("expert_feed_forward_length", ExpertFeedForward);
        model.Set("expert_shared_count", 1);
        model.Set("expert_gating_func", 2);
        model.Set("expert_weights_norm", true);
        model.Set("expert_weights_scale", 2f);
        for (int i = 0; i < 3; i++)
        {
            model.Add($"blk.{i}.attn_norm.weight", Embedding);
            model.Add($"blk.{i}.attn_q_a_norm.weight", QueryRank);
            model.Add($"blk.{i}.attn_kv_a_norm.weight", KeyRank);
            model.Add($"blk.{i}.attn_q_a.weight", Embedding, QueryRank);
            model.Add($"blk.{i}.attn_q_b.weight", QueryRank, Heads * (Plain + Rotated));
            model.Add($"blk.{i}.attn_kv_a_mqa.weight", Embedding, KeyRank + Rotated);
            model.Add($"blk.{i}.attn_k_b.weight", Plain, KeyRank, Heads);
            model.Add($"blk.{i}.attn_v_b.weight", KeyRank, Value, Heads);
            model.Add($"blk.{i}.attn_output.weight", Heads * Value, Embedding);
            if (i == 0)
            {
                AddFeedForward(model, i);
                continue;
            }

            model.Add($"blk.{i}.ffn_norm.weight", Embedding);
            AddExperts(model, i);
            model.Add($"blk.{i}.exp_probs_b.bias", ExpertCount);
            AddGatedUnit(model, $"blk.{i}", "_shexp", ExpertFeedForward);
        }

        return model;
    }

    private static TinyModelBuilder PlanRecurrent()
    {
        const int Convolution = 4;
        const int Inner = 2 * Embedding;
        const int State = 8;
        const int Rank = 8;
        TinyModelBuilder model = Start(Recurrent, layers: 3);
        model.Set("attention.head_count", 0);
        model.Set("feed_forward_length", 0);
        model.Set("ssm.conv_kernel", Convolution);
        model.Set("ssm.inner_size", Inner);
        model.Set("ssm.state_size", State);
        model.Set("ssm.time_step_rank", Rank);
        for (int i = 0; i < 3; i++)
        {
            model.Add($"blk.{i}.attn_norm.weight", Embedding);
            model.Add($"blk.{i}.ssm_in.weight", Embedding, 2 * Inner);
            model.Add($"blk.{i}.ssm_conv1d.weight", Convolution, Inner);
            model.Add($"blk.{i}.ssm_conv1d.bias", Inner);
            model.Add($"blk.{i}.ssm_x.weight", Inner, Rank + (2 * State));
            model.Add($"blk.{i}.ssm_dt.weight", Rank, Inner);
            model.Add($"blk.{i}.ssm_dt.bias", Inner);
            model.Add($"blk.{i}.ssm_a", State, Inner);
            model.Add($"blk.{i}.ssm_d", Inner);
            model.Add($"blk.{i}.ssm_out.weight", Inner, Embedding);
        }

        return model;
    }

    private static TinyModelBuilder PlanHybrid()
    {
        const int Convolution = 3;
        TinyModelBuilder model = Start(Hybrid, layers: 4);
        model.SetLayers("attention.head_count_kv", 0, HeadsKv, 0, HeadsKv);
        model.Set("shortconv.l_cache", Convolution);
        model.Rename("output_norm.weight", "token_embd_norm.weight");
        for (int i = 0; i < 4; i++)
        {
            AddFeedForward(model, i);
            if (i % 2 == 1)
            {
                AddAttention(model, i);
                AddQueryKeyNorm(model, i);
                continue;
            }

            model.Add($"blk.{i}.attn_norm.weight", Embedding);
            model.Add($"blk.{i}.shortconv.conv.weight", Convolution, Embedding);
            model.Add($"blk.{i}.shortconv.in_proj.weight", Embedding, 3 * Embedding);
            model.Add($"blk.{i}.shortconv.out_proj.weight", Embedding, Embedding);
        }

        return model;
    }

    private static TinyModelBuilder Start(string architecture, int layers, TinyVocabulary? vocabulary = null)
    {
        TinyModelBuilder model = new(architecture, vocabulary ?? TinyVocabulary.BytePairs());
        model.Set("block_count", layers);
        model.Set("context_length", 512);
        model.Set("embedding_length", Embedding);
        model.Set("feed_forward_length", FeedForward);
        model.Set("attention.head_count", Heads);
        model.Set("attention.head_count_kv", HeadsKv);
        model.Set("attention.layer_norm_rms_epsilon", 1e-5f);
        model.Add("token_embd.weight", Embedding, model.Vocabulary.Count);
        model.Add("output_norm.weight", Embedding);
        model.Add("output.weight", Embedding, model.Vocabulary.Count);
        return model;
    }

    private static void AddAttention(TinyModelBuilder model, int layer)
    {
        model.Add($"blk.{layer}.attn_norm.weight", Embedding);
        model.Add($"blk.{layer}.attn_q.weight", Embedding, Heads * Head);
        model.Add($"blk.{layer}.attn_k.weight", Embedding, KeyValue);
        model.Add($"blk.{layer}.attn_v.weight", Embedding, KeyValue);
        model.Add($"blk.{layer}.attn_output.weight", Heads * Head, Embedding);
    }

    private static void AddQueryKeyNorm(TinyModelBuilder model, int layer)
    {
        model.Add($"blk.{layer}.attn_q_norm.weight", Head);
        model.Add($"blk.{layer}.attn_k_norm.weight", Head);
    }

    private static void AddFeedForward(TinyModelBuilder model, int layer)
    {
        model.Add($"blk.{layer}.ffn_norm.weight", Embedding);
        AddGatedUnit(model, $"blk.{layer}", string.Empty, FeedForward);
    }

    private static void AddGatedUnit(TinyModelBuilder model, string prefix, string suffix, int width)
    {
        model.Add($"{prefix}.ffn_gate{suffix}.weight", Embedding, width);
        model.Add($"{prefix}.ffn_up{suffix}.weight", Embedding, width);
        model.Add($"{prefix}.ffn_down{suffix}.weight", width, Embedding);
    }

    private static void AddExperts(TinyModelBuilder model, int layer)
    {
        model.Add($"blk.{layer}.ffn_gate_inp.weight", Embedding, ExpertCount);
        model.Add($"blk.{layer}.ffn_gate_exps.weight", Embedding, ExpertFeedForward, ExpertCount);
        model.Add($"blk.{layer}.ffn_up_exps.weight", Embedding, ExpertFeedForward, ExpertCount);
        model.Add($"blk.{layer}.ffn_down_exps.weight", ExpertFeedForward, Embedding, ExpertCount);
    }
}
