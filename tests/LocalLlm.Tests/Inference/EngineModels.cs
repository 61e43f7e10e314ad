using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Inference;

/// <summary>The models on which the engine is tested: two real ones, and one tiny one of each way to keep what was read.</summary>
internal static class EngineModels
{
    internal const string Guide = "guide";
    internal const string SmolLm2 = "smollm2";

    internal static readonly string[] All = [Guide, SmolLm2, .. TinyModels.All];

    internal static string Path(string name, TestFolder folder) => name switch
    {
        Guide => TestModels.Guide,
        SmolLm2 => TestModels.SmolLm2,
        _ => TinyModels.Write(folder, name),
    };

    /// <summary>
    /// How close the best two logits are where another batch may turn them round. llama.cpp's attention adds up in another
    /// order from 64 tokens of a batch and from 512 cells on. In F16 and F32 that changes logits by less than 0.01; the
    /// quantized matrices of SmolLM2 are multiplied with activations rounded to 8 bits, which made it 0.8.
    /// </summary>
    internal static float Tie(string name) => name == SmolLm2 ? 1 : GreedyText.Tie;
}
