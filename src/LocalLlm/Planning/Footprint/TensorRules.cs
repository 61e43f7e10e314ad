using LocalLlm.Gguf;

namespace LocalLlm.Planning;

/// <summary>Where llama.cpp puts a tensor and what it is for, by its name (LLM_TENSOR_INFOS in llama-arch.cpp).</summary>
internal static class TensorRules
{
    private static readonly string[] Shared = ["rope_freqs", "rope_factors_long", "rope_factors_short"];

    private static readonly string[] Inputs = ["token_embd", "position_embd", "token_types", "per_layer_token_embd"];

    /// <summary>Outside the layers, but placed with the first.</summary>
    private static readonly string[] FirstLayer = ["token_embd_norm", "per_layer_model_proj", "per_layer_proj_norm"];

    private static readonly string[] Mixers = ["attn_", "ssm_", "shortconv.", "time_mix_", "cross_attn_"];

    /// <summary>Where the tensor goes.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="architecture">The model's.</param>
    /// <param name="layers">Layers without the draft head.</param>
    public static TensorHome Home(string name, string architecture, int layers)
    {
        LayerName layer = LayerName.Of(name);
        if (layer.Index is int index)
        {
            return index < layers ? new TensorHome(TensorHomeKind.Layer, index) : new TensorHome(TensorHomeKind.Skipped);
        }

        return layer.Name switch
        {
            // LFM2's final norm goes by this name.
            "token_embd_norm" when architecture is "lfm2" or "lfm2moe" => new TensorHome(TensorHomeKind.Output),
            string global when Shared.Contains(global) => new TensorHome(TensorHomeKind.EachDevice),
            string global when Inputs.Contains(global) => new TensorHome(TensorHomeKind.Input),
            string global when FirstLayer.Contains(global) => new TensorHome(TensorHomeKind.Layer),
            _ => new TensorHome(TensorHomeKind.Output),
        };
    }

    /// <summary>What the tensor is for.</summary>
    public static LayerPart Part(string name)
    {
        int dot = name.IndexOf("blk.", StringComparison.Ordinal) is int at and >= 0 ? name.IndexOf('.', at + 4) : -1;
        ReadOnlySpan<char> rest = name.AsSpan(dot + 1);
        if (IsExpert(rest))
        {
            return LayerPart.Experts;
        }

        if (rest.Contains("norm", StringComparison.Ordinal))
        {
            return LayerPart.Norm;
        }

        foreach (string mixer in Mixers)
        {
            if (rest.StartsWith(mixer, StringComparison.Ordinal))
            {
                return LayerPart.Attention;
            }
        }

        bool isFeedForward = rest.StartsWith("channel_mix_", StringComparison.Ordinal)
            || (rest.StartsWith("ffn_", StringComparison.Ordinal) && !rest.StartsWith("ffn_gate_inp", StringComparison.Ordinal));
        return isFeedForward ? LayerPart.FeedForward : LayerPart.Other;
    }

    /// <summary>The tensors that <see cref="NativeOverride.Experts"/> moves.</summary>
    private static bool IsExpert(ReadOnlySpan<char> rest) =>
        rest.StartsWith("ffn_gate_exps", StringComparison.Ordinal)
        || rest.StartsWith("ffn_up_exps", StringComparison.Ordinal)
        || rest.StartsWith("ffn_down_exps", StringComparison.Ordinal)
        || rest.StartsWith("ffn_gate_up_exps", StringComparison.Ordinal);
}
