using static LocalLlm.Tests.Gguf.Rules.RuleChecks;

namespace LocalLlm.Tests.Gguf.Rules;

public sealed class HyperparameterRuleTests
{
    [Theory]
    [InlineData("block_count")]
    [InlineData("context_length")]
    [InlineData("embedding_length")]
    [InlineData("attention.layer_norm_rms_epsilon")]
    public void A_missing_key_is_named(string key) =>
        Refused("missing-key", "llama." + key, model => model.Metadata.Remove("llama." + key));

    [Theory]
    [InlineData("block_count")]
    [InlineData("context_length")]
    [InlineData("embedding_length")]
    [InlineData("attention.key_length")]
    [InlineData("attention.layer_norm_rms_epsilon")]
    [InlineData("attention.causal")]
    [InlineData("rope.freq_base")]
    [InlineData("rope.scaling.type")]
    [InlineData("rope.scaling.finetuned")]
    [InlineData("rope.scaling.factor")]
    [InlineData("expert_count")]
    [InlineData("pooling_type")]
    [InlineData("vocab_size")]
    [InlineData("nextn_predict_layers")]
    public void A_key_of_another_type_is_named(string key) =>
        Refused("wrong-type", "llama." + key, model => model.Metadata["llama." + key] = 3L);

    [Theory]
    [InlineData("block_count", 0)]
    [InlineData("block_count", 513)]
    [InlineData("context_length", 0)]
    [InlineData("context_length", -1)]
    [InlineData("embedding_length", 0)]
    [InlineData("expert_count", 1025)]
    [InlineData("pooling_type", 7)]
    [InlineData("nextn_predict_layers", 3)]
    [InlineData("embedding_length_out", -1)]
    public void A_number_out_of_range_is_named(string key, int value)
    {
        GgufFinding[] findings = [.. Findings(TinyModels.Dense, model => model.Set(key, value))];
        Assert.Contains(findings, finding => finding is { Severity: GgufSeverity.Refuse, Code: "value-out-of-range" } && finding.Field == "llama." + key);
    }

    [Fact]
    public void Pooling_may_be_unspecified() => Accepted(TinyModels.Dense, model => model.Set("pooling_type", -1));

    [Theory]
    [InlineData(-1e-6f)]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void An_epsilon_is_positive(float value) =>
        Refused("value-out-of-range", "llama.attention.layer_norm_rms_epsilon", model => model.Set("attention.layer_norm_rms_epsilon", value));

    [Theory]
    [InlineData("attention.head_count")]
    [InlineData("attention.head_count_kv")]
    [InlineData("feed_forward_length")]
    public void An_array_has_an_element_for_each_layer(string key)
    {
        Refused("array-length", "llama." + key, model => model.SetLayers(key, 4, 4));
        Refused("wrong-type", "llama." + key, model => model.Metadata["llama." + key] = new float[] { 4, 4, 4 });
    }

    [Fact]
    public void Scalars_may_be_arrays_of_equal_numbers() => Accepted(TinyModels.Dense, model =>
    {
        model.SetLayers("attention.head_count", 4, 4, 4);
        model.SetLayers("attention.head_count_kv", 2, 2, 2);
        model.SetLayers("feed_forward_length", 96, 96, 96);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void A_layer_uses_one_expert_at_least_and_not_more_than_there_are(int used) =>
        Refused("value-out-of-range", "qwen2moe.expert_used_count", TinyModels.Experts, model => model.Set("expert_used_count", used));

    [Fact]
    public void Experts_are_used_only_where_there_are_some() =>
        Refused("value-out-of-range", "llama.expert_used_count", model => model.Set("expert_used_count", 2));

    [Fact]
    public void All_layers_use_as_many_experts() =>
        Refused("model-inconsistent", "qwen2moe.expert_used_count", TinyModels.Experts, model => model.SetLayers("expert_used_count", 2, 3, 2));

    [Fact]
    public void Expert_groups_are_equal_and_some_are_used()
    {
        Refused("value-out-of-range", "qwen2moe.expert_group_count", TinyModels.Experts, model => SetGroups(model, 3, 1));
        Refused("value-out-of-range", "qwen2moe.expert_group_count", TinyModels.Experts, model => SetGroups(model, 4, 1));
        Refused("value-out-of-range", "qwen2moe.expert_group_used_count", TinyModels.Experts, model => SetGroups(model, 2, 0));
        Refused("value-out-of-range", "qwen2moe.expert_group_used_count", TinyModels.Experts, model => SetGroups(model, 2, 2));
        Accepted(TinyModels.Experts, model => SetGroups(model, 2, 1));

        static void SetGroups(TinyModelBuilder model, int count, int used)
        {
            model.Set("expert_group_count", count);
            model.Set("expert_group_used_count", used);
        }
    }

    [Fact]
    public void A_graph_has_room_for_so_many_experts_only()
    {
        Refused("value-out-of-range", "qwen2moe.expert_used_count", TinyModels.Experts, model => SetExperts(model, 300));
        Accepted(TinyModels.Experts, model => SetExperts(model, 64));

        static void SetExperts(TinyModelBuilder model, int count)
        {
            model.Set("expert_count", count);
            model.Set("expert_used_count", count);
            for (int i = 0; i < 3; i++)
            {
                model.Reshape($"blk.{i}.ffn_gate_inp.weight", 64, count);
                model.Reshape($"blk.{i}.ffn_gate_exps.weight", 64, 32, count);
                model.Reshape($"blk.{i}.ffn_up_exps.weight", 64, 32, count);
                model.Reshape($"blk.{i}.ffn_down_exps.weight", 32, 64, count);
            }
        }
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("yarn")]
    [InlineData("longrope")]
    [InlineData("none")]
    public void Ways_of_scaling_are_known(string type)
    {
        Accepted(TinyModels.Dense, model => model.Metadata["llama.rope.scaling.type"] = type);
        Refused("unknown-value", "llama.rope.scaling.type", model => model.Metadata["llama.rope.scaling.type"] = type + "2");
    }

    [Fact]
    public void A_model_that_sees_later_tokens_is_warned_of() =>
        Warned("not-causal", "llama.attention.causal", TinyModels.Dense, model => model.Set("attention.causal", false));

    [Fact]
    public void Sampling_keys_of_another_type_are_warned_of()
    {
        Warned("wrong-type", "general.sampling.temp", TinyModels.Dense, model => model.Metadata["general.sampling.temp"] = "hot");
        Warned("wrong-type", "tokenizer.chat_template", TinyModels.Dense, model => model.Metadata["tokenizer.chat_template"] = 3u);
        Accepted(TinyModels.Dense, model => model.Metadata["general.sampling.top_k"] = 40);
        Refused("wrong-type", "general.name", model => model.Metadata["general.name"] = 3u);
    }

    [Theory]
    [InlineData("attention.kv_lora_rank")]
    [InlineData("attention.q_lora_rank")]
    [InlineData("expert_feed_forward_length")]
    [InlineData("expert_shared_count")]
    public void Keys_of_an_architecture_are_needed(string key) =>
        Refused("missing-key", "deepseek2." + key, TinyModels.LowRank, model => model.Metadata.Remove("deepseek2." + key));

    [Theory]
    [InlineData("ssm.conv_kernel", 1)]
    [InlineData("ssm.inner_size", 0)]
    [InlineData("ssm.state_size", 0)]
    [InlineData("ssm.time_step_rank", 0)]
    public void Sizes_of_a_state_are_positive(string key, int value)
    {
        IReadOnlyList<GgufFinding> findings = Findings(TinyModels.Recurrent, model => model.Set(key, value));
        Assert.Contains(findings, finding => finding.Severity == GgufSeverity.Refuse && finding.Field == "mamba." + key);
    }

    [Fact]
    public void What_a_graph_divides_by_is_checked()
    {
        Refused("model-inconsistent", "deepseek2.attention.temperature_length", TinyModels.LowRank, model => model.Set("attention.temperature_scale", 0.1f));
        Refused("model-inconsistent", "deepseek2.expert_gating_func", TinyModels.LowRank, model => model.Set("expert_gating_func", 9));
    }
}
