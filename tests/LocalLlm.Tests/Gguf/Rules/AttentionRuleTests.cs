using static LocalLlm.Tests.Gguf.Rules.RuleChecks;

namespace LocalLlm.Tests.Gguf.Rules;

public sealed class AttentionRuleTests
{
    [Fact]
    public void Heads_are_a_multiple_of_those_of_keys_and_values()
    {
        Blamed("llama.attention.head_count_kv", TinyModels.Dense, model => model.Set("attention.head_count_kv", 3));
        Blamed("llama.attention.head_count_kv", TinyModels.Dense, model => model.Set("attention.head_count_kv", 0));
        Blamed("llama.attention.head_count", TinyModels.Dense, model => model.Set("attention.head_count", 0));
        Blamed("llama.attention.head_count", TinyModels.Dense, model => model.SetLayers("attention.head_count", 4, 2, 4));
        Blamed("llama.attention.head_count_kv", TinyModels.Dense, model => model.SetLayers("attention.head_count_kv", 2, 4, 2));
        Blamed("llama.attention.head_count", TinyModels.Dense, model => model.Set("attention.head_count", int.MaxValue));
    }

    [Fact]
    public void Keys_and_values_have_a_size()
    {
        Blamed("llama.attention.key_length", TinyModels.Dense, model => model.Set("attention.key_length", 0));
        Blamed("llama.attention.value_length", TinyModels.Dense, model => model.Set("attention.value_length", 0));
        Blamed("llama.attention.value_length", TinyModels.Dense, model => model.Set("attention.value_length", 8));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(18)]
    [InlineData(-2)]
    public void An_even_part_of_a_head_is_rotated(int size)
    {
        Blamed("qwen2moe.rope.dimension_count", TinyModels.Experts, model => model.Set("rope.dimension_count", size));
        Blamed("gemma3.rope.dimension_count", TinyModels.Window, model =>
        {
            model.Set("rope.dimension_count", size);
            model.Set("rope.dimension_count_swa", size);
        });
    }

    [Fact]
    public void A_window_has_a_size_and_layers_with_and_without_it()
    {
        const string Pattern = "gemma3.attention.sliding_window_pattern";
        Blamed(Pattern, TinyModels.Window, model => model.Set("attention.sliding_window_pattern", 1));
        Blamed(Pattern, TinyModels.Window, model => model.Set("attention.sliding_window_pattern", 0));
        Blamed(Pattern, TinyModels.Window, model => model.Set("attention.sliding_window_pattern", 5));
        Blamed("gemma3.attention.sliding_window", TinyModels.Window, model => model.Set("attention.sliding_window", -1));
        Accepted(TinyModels.Window, model => model.Set("attention.sliding_window", 0));
        Accepted(TinyModels.Window, model => model.Set("attention.sliding_window_pattern", 3));
    }

    [Theory]
    [InlineData("attention.key_length_swa")]
    [InlineData("attention.value_length_swa")]
    [InlineData("rope.dimension_count_swa")]
    public void Sizes_in_a_window_are_those_without(string key)
    {
        Blamed("gemma3." + key, TinyModels.Window, model => model.Set(key, 8));
        Accepted(TinyModels.Window, model => model.Set(key, 16));
    }

    [Fact]
    public void Low_rank_attention_has_one_head_of_keys_and_sizes_that_fit()
    {
        Blamed("deepseek2.attention.head_count_kv", TinyModels.LowRank, model => model.Set("attention.head_count_kv", 2));
        Blamed("deepseek2.attention.key_length", TinyModels.LowRank, model => model.Set("attention.key_length", 32));
        Blamed("deepseek2.attention.value_length_mla", TinyModels.LowRank, model => model.Set("attention.value_length_mla", 0));
        Blamed("deepseek2.rope.dimension_count", TinyModels.LowRank, model => model.Set("rope.dimension_count", 16));
    }

    [Fact]
    public void A_hybrid_has_layers_of_both_kinds()
    {
        Blamed("lfm2.attention.head_count_kv", TinyModels.Hybrid, model => model.SetLayers("attention.head_count_kv", 0, 0, 0, 0));
        Blamed("lfm2.attention.head_count_kv", TinyModels.Hybrid, model => model.SetLayers("attention.head_count_kv", 2, 2, 2, 2));
    }

    [Fact]
    public void Sections_of_a_rotation_fit_into_a_head()
    {
        TinyModelBuilder model = SectionedModel(2, 3, 3, 0);
        Assert.Empty(Findings(model));
        foreach (int[] sections in (int[][])[[0, 0, 0, 0], [0, 0, 0, 4], [20, 3, 3, 0], [-1, 1, 1, 0], [2, 3, 3]])
        {
            Assert.Contains(Findings(SectionedModel(sections)), finding => finding is { Severity: GgufSeverity.Refuse, Field: "qwen2vl.rope.dimension_sections" });
        }
    }

    [Fact]
    public void A_recurrent_model_needs_no_heads() => Accepted(TinyModels.Recurrent, model =>
    {
        model.Metadata.Remove("mamba.attention.head_count");
        model.Metadata.Remove("mamba.attention.head_count_kv");
        model.Metadata.Remove("mamba.feed_forward_length");
    });

    /// <summary>The dense model's tensors fit Qwen2-VL too.</summary>
    private static TinyModelBuilder SectionedModel(params int[] sections)
    {
        TinyModelBuilder dense = TinyModels.Plan(TinyModels.Dense);
        TinyModelBuilder model = new("qwen2vl", dense.Vocabulary);
        foreach ((string key, object value) in dense.Metadata)
        {
            model.Metadata[key.Replace("llama.", "qwen2vl.", StringComparison.Ordinal)] = value;
        }

        model.Metadata["general.architecture"] = "qwen2vl";
        model.SetLayers("rope.dimension_sections", sections);
        model.Tensors.AddRange(dense.Tensors);
        return model;
    }

    /// <summary>One of the findings refuses for the field; shapes that no longer fit may be refused with it.</summary>
    private static void Blamed(string field, string architecture, Action<TinyModelBuilder> change) =>
        Assert.Contains(Findings(architecture, change), finding => finding.Severity == GgufSeverity.Refuse && finding.Field == field);
}
