using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Planning;

/// <summary>Headers of thirteen architectures at the sizes that people run, with their vocabularies' sizes.</summary>
internal static class RealSizeModels
{
    /// <summary>The models by name, made when first asked for.</summary>
    public static IReadOnlyDictionary<string, Lazy<TinyModelBuilder>> All { get; } = new Dictionary<string, Lazy<TinyModelBuilder>>
    {
        ["qwen2 0.5B"] = new(() => HeaderModels.Qwen2(151936)),
        ["qwen3 4B"] = new(() => HeaderModels.Qwen3(151936)),
        ["phi3 3.8B"] = new(() => HeaderModels.Phi3(32064)),
        ["llama 8B"] = new(() => HeaderModels.Llama8B(128256)),
        ["llama 70B"] = new(() => HeaderModels.Llama70B(128256)),
        ["mixtral 47B"] = new(() => HeaderModels.Mixtral(32000)),
        ["qwen3moe 30B"] = new(() => HeaderModels.Experts(vocabulary: 151936)),
        ["gemma2 9B"] = new(() => HeaderModels.Gemma2(256000)),
        ["gemma3 12B"] = new(() => HeaderModels.Window(vocabulary: 262208)),
        ["gpt-oss 20B"] = new(() => HeaderModels.GptOss(201088)),
        ["deepseek2 16B"] = new(() => HeaderModels.Latent(vocabulary: 102400)),
        ["mamba 2.8B"] = new(() => HeaderModels.Mamba(50280)),
        ["mamba2 2.7B"] = new(() => HeaderModels.Recurrent(vocabulary: 50288)),
        ["lfm2 1.2B"] = new(() => HeaderModels.Hybrid(vocabulary: 65536)),
    };
}
