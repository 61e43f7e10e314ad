using static LocalLlm.Tests.Gguf.Rules.RuleChecks;

namespace LocalLlm.Tests.Gguf.Rules;

public sealed class TensorRuleTests
{
    [Theory]
    [InlineData(TinyModels.Dense, "token_embd.weight")]
    [InlineData(TinyModels.Dense, "output_norm.weight")]
    [InlineData(TinyModels.Dense, "blk.2.attn_k.weight")]
    [InlineData(TinyModels.Dense, "blk.0.ffn_down.weight")]
    [InlineData(TinyModels.Experts, "output.weight")]
    [InlineData(TinyModels.Experts, "blk.1.ffn_gate_inp_shexp.weight")]
    [InlineData(TinyModels.Window, "blk.3.post_ffw_norm.weight")]
    [InlineData(TinyModels.LowRank, "blk.0.attn_k_b.weight")]
    [InlineData(TinyModels.LowRank, "blk.1.ffn_up_exps.weight")]
    [InlineData(TinyModels.Recurrent, "blk.0.ssm_a")]
    [InlineData(TinyModels.Hybrid, "token_embd_norm.weight")]
    [InlineData(TinyModels.Hybrid, "blk.2.shortconv.conv.weight")]
    public void A_missing_tensor_is_named(string architecture, string name) =>
        Refused("missing-tensor", name, architecture, model => model.Remove(name));

    [Theory]
    [InlineData(TinyModels.Dense, "output.weight")]
    [InlineData(TinyModels.Window, "output.weight")]
    [InlineData(TinyModels.LowRank, "blk.1.exp_probs_b.bias")]
    [InlineData(TinyModels.Experts, "blk.1.attn_q.bias")]
    public void An_optional_tensor_may_be_missing(string architecture, string name) =>
        Accepted(architecture, model => model.Remove(name));

    [Theory]
    [InlineData(TinyModels.Dense, "token_embd.weight", 64, 100)]
    [InlineData(TinyModels.Dense, "output_norm.weight", 63, 1)]
    [InlineData(TinyModels.Dense, "blk.2.attn_k.weight", 64, 64)]
    [InlineData(TinyModels.Dense, "blk.0.ffn_down.weight", 64, 96)]
    [InlineData(TinyModels.Experts, "blk.1.ffn_gate_inp.weight", 64, 3)]
    [InlineData(TinyModels.LowRank, "blk.0.attn_kv_a_mqa.weight", 64, 23)]
    [InlineData(TinyModels.Recurrent, "blk.0.ssm_a", 7, 128)]
    [InlineData(TinyModels.Hybrid, "blk.0.shortconv.conv.weight", 4, 64)]
    public void A_shape_that_does_not_fit_is_named(string architecture, string name, int first, int second) =>
        Refused("wrong-shape", name, architecture, model => model.Reshape(name, first, second));

    [Fact]
    public void A_message_says_which_shape_is_needed()
    {
        GgufFinding finding = Assert.Single(Findings(TinyModels.Dense, model => model.Reshape("blk.2.attn_k.weight", 64, 48)));
        Assert.Contains("[64, 48]", finding.Message, StringComparison.Ordinal);
        Assert.Contains("[64, 32]", finding.Message, StringComparison.Ordinal);
        Assert.True(finding.Offset > 0);
    }

    [Fact]
    public void Dimensions_of_one_are_none() => Accepted(TinyModels.Dense, model => model.Reshape("output_norm.weight", 64, 1, 1));

    [Theory]
    [InlineData("blk.0.attn_norm.weight", GgmlType.F16)]
    [InlineData("blk.0.attn_norm.weight", GgmlType.BF16)]
    [InlineData("blk.0.attn_norm.weight", GgmlType.Q8_0)]
    [InlineData("blk.0.attn_q.weight", GgmlType.F64)]
    [InlineData("blk.0.attn_q.weight", GgmlType.I8)]
    [InlineData("blk.0.attn_q.weight", GgmlType.I16)]
    [InlineData("blk.0.attn_q.weight", GgmlType.I32)]
    [InlineData("blk.0.attn_q.weight", GgmlType.I64)]
    [InlineData("token_embd.weight", GgmlType.Q8_1)]
    [InlineData("output.weight", GgmlType.I32)]
    public void A_type_that_ggml_can_not_compute_with_is_named(string name, GgmlType type) =>
        Refused("wrong-tensor-type", name, model => model.Retype(name, type));

    [Theory]
    [InlineData(GgmlType.F16)]
    [InlineData(GgmlType.BF16)]
    [InlineData(GgmlType.Q4_0)]
    [InlineData(GgmlType.Q5_1)]
    [InlineData(GgmlType.Q8_0)]
    [InlineData(GgmlType.IQ4_NL)]
    [InlineData(GgmlType.MXFP4)]
    public void Weights_may_be_quantised(GgmlType type) => Accepted(TinyModels.Dense, model =>
    {
        model.Retype("token_embd.weight", type);
        model.Retype("blk.0.attn_q.weight", type);
        model.Retype("blk.0.ffn_down.weight", type);
    });

    [Fact]
    public void Weights_of_operations_of_their_own_are_not_quantised()
    {
        Refused("wrong-tensor-type", "blk.0.ssm_conv1d.weight", TinyModels.Recurrent, model => model.Retype("blk.0.ssm_conv1d.weight", GgmlType.F16));
        Refused("wrong-tensor-type", "blk.0.ssm_a", TinyModels.Recurrent, model => model.Retype("blk.0.ssm_a", GgmlType.F16));
        Refused("wrong-tensor-type", "blk.1.attn_q.bias", TinyModels.Experts, model => model.Retype("blk.1.attn_q.bias", GgmlType.F16));
    }

    [Fact]
    public void Tensors_that_belong_nowhere_are_warned_of()
    {
        Warned("unexpected-tensor", "blk.0.attn_extra.weight", TinyModels.Dense, model => model.Add("blk.0.attn_extra.weight", 64));
        Warned("unexpected-tensor", "rope_freqs.weights", TinyModels.Dense, model =>
        {
            model.Add("rope_freqs.weights", 8);
            model.Add("blk.0.attn_sinks.weight", 4);
        });
    }

    [Fact]
    public void Optional_tensors_are_checked_where_they_are()
    {
        Accepted(TinyModels.Dense, model => model.Add("rope_freqs.weight", 8));
        Refused("wrong-shape", "rope_freqs.weight", model => model.Add("rope_freqs.weight", 7));
        Refused("wrong-shape", "blk.0.attn_q.bias", model => model.Add("blk.0.attn_q.bias", 32));
    }

    [Fact]
    public void A_fused_tensor_takes_the_place_of_three()
    {
        Accepted(TinyModels.Dense, model => Fuse(model, 128));
        Refused("wrong-shape", "blk.0.attn_qkv.weight", model => Fuse(model, 192));

        static void Fuse(TinyModelBuilder model, int width)
        {
            model.Remove("blk.0.attn_q.weight");
            model.Remove("blk.0.attn_k.weight");
            model.Remove("blk.0.attn_v.weight");
            model.Add("blk.0.attn_qkv.weight", 64, width);
        }
    }

    [Fact]
    public void Scales_of_weights_are_single_numbers()
    {
        Accepted(TinyModels.Dense, model => model.Add("blk.0.attn_q.scale", 1));
        Accepted(TinyModels.Dense, model => model.Add("output.input_scale", 1));
        Accepted(TinyModels.Experts, model => model.Add("blk.0.ffn_up_exps.scale", 4));
        Refused("wrong-shape", "blk.0.attn_q.scale", model => model.Add("blk.0.attn_q.scale", 2));
        Refused("wrong-shape", "blk.0.ffn_up_exps.scale", TinyModels.Experts, model => model.Add("blk.0.ffn_up_exps.scale", 1));
        Refused("wrong-tensor-type", "blk.0.attn_q.scale", model =>
        {
            model.Add("blk.0.attn_q.scale", 1);
            model.Retype("blk.0.attn_q.scale", GgmlType.F16);
        });
    }

    [Fact]
    public void An_nvfp4_weight_is_not_both_scaled_and_biased()
    {
        Accepted(TinyModels.Experts, model => model.Retype("blk.0.attn_q.weight", GgmlType.NVFP4));
        Refused("model-inconsistent", "blk.0.attn_q.weight", TinyModels.Experts, model =>
        {
            model.Retype("blk.0.attn_q.weight", GgmlType.NVFP4);
            model.Add("blk.0.attn_q.scale", 1);
        });
    }

    [Fact]
    public void Layers_of_a_draft_head_are_left_alone() => Accepted(TinyModels.Dense, model =>
    {
        model.Set("block_count", 4);
        model.Set("nextn_predict_layers", 1);
        model.Add("blk.3.nextn.eh_proj.weight", 128, 64);
    });
}
