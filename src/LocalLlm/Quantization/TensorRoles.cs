namespace LocalLlm.Quantization;

/// <summary>Reads tensors' names as llama.cpp's quantizer does (llama-quant.cpp).</summary>
internal static class TensorRoles
{
    private static readonly (string Part, TensorRole Role)[] Parts =
    [
        ("attn_qkv.weight", TensorRole.Value),
        ("attn_kv_b.weight", TensorRole.Value),
        ("attn_v.weight", TensorRole.Value),
        ("attn_k.weight", TensorRole.Key),
        ("attn_q.weight", TensorRole.Query),
        ("attn_output.weight", TensorRole.AttentionOutput),
        ("ffn_up", TensorRole.FeedForwardUp),
        ("ffn_gate", TensorRole.FeedForwardGate),
        ("ffn_down", TensorRole.FeedForwardDown),
    ];

    /// <summary>Small or sensitive tensors that keep their type.</summary>
    private static readonly string[] Kept =
    [
        // Norms and the gates that choose experts.
        "_norm.weight", "ffn_gate_inp.weight", "ffn_gate_tid2eid.weight",

        // Gemma 3n.
        "altup", "laurel", "per_layer_model_proj",

        // Convolutions of recurrent layers.
        "ssm_conv1d", "shortconv.conv.weight",

        // Indexers of MiniMax.
        "indexer.k_proj.weight", "indexer.q_proj.weight",

        // RWKV.
        "time_mix_first.weight", "time_mix_w0.weight", "time_mix_w1.weight", "time_mix_w2.weight", "time_mix_v0.weight", "time_mix_v1.weight",
        "time_mix_v2.weight", "time_mix_a0.weight", "time_mix_a1.weight", "time_mix_a2.weight", "time_mix_g1.weight", "time_mix_g2.weight",
        "time_mix_decay_w1.weight", "time_mix_decay_w2.weight", "time_mix_lerp_fused.weight",

        // Positions, and what sees and hears.
        "attn_rel_b.weight", ".position_embd", "sam.pos_embd", "sam.neck.", "sam.net_", ".rel_pos", ".patch_embd", ".patch_merger",
        "a.rvq.codebook", "mm.a.code_embd",
    ];

    private static readonly string[] KeptNames = ["position_embd.weight", "token_types.weight"];

    /// <summary>What a tensor does.</summary>
    public static TensorRole Of(string name)
    {
        if (name == "output.weight")
        {
            return TensorRole.Output;
        }

        if (name is "token_embd.weight" or "per_layer_token_embd.weight")
        {
            return TensorRole.Embeddings;
        }

        foreach ((string part, TensorRole role) in Parts)
        {
            if (name.Contains(part, StringComparison.Ordinal))
            {
                return role;
            }
        }

        return TensorRole.Other;
    }

    /// <summary>Whether a tensor is quantized at all.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dimensions">Its dimensions, without those of 1 at the end.</param>
    public static bool IsQuantized(string name, int dimensions) =>
        dimensions >= 2
        && name.EndsWith("weight", StringComparison.Ordinal)
        && !KeptNames.Contains(name)
        && !Array.Exists(Kept, part => name.Contains(part, StringComparison.Ordinal));
}
