using LocalLlm.Gguf.Rules;

namespace LocalLlm.Quantization;

/// <summary>What of a model decides how its tensors are quantized.</summary>
/// <param name="Architecture">"general.architecture".</param>
/// <param name="LayerCount">All layers, those of a draft head too.</param>
/// <param name="ExpertCount">Experts of a layer; 0 without.</param>
/// <param name="HeadsPerKvHead">Heads that share keys and values in the first layer; 0 where it has none.</param>
/// <param name="IsOf70B">Whether llama.cpp takes it for a model of 70 billion parameters, whose values are small beside the rest.</param>
internal sealed record QuantizedModel(string Architecture, int LayerCount, long ExpertCount, long HeadsPerKvHead, bool IsOf70B)
{
    /// <summary>Reads a header.</summary>
    /// <exception cref="GgufFormatException">The metadata do not describe a model.</exception>
    public static QuantizedModel Of(GgufFile file)
    {
        ModelShape shape = ModelShape.Read(file)
            ?? throw new GgufFormatException($"The metadata of {file.Location} do not describe a model that can be quantized.", null, Gguf.GgufKeys.Architecture);
        Hyperparameters model = shape.Model;
        long heads = model.HeadCount[0];
        long kvHeads = model.HeadCountKv[0];
        // LLM_TYPE_70B, as each architecture's load_hparams gives it.
        bool isOf70B = (shape.Architecture, model.LayerCount) switch
        {
            ("llama", 80) => heads != kvHeads,
            ("qwen2" or "deci" or "olmo", 80) or ("jais2", 68) => true,
            _ => false,
        };
        return new QuantizedModel(shape.Architecture, model.LayerCountAll, model.ExpertCount, kvHeads == 0 ? 0 : heads / kvHeads, isOf70B);
    }
}
