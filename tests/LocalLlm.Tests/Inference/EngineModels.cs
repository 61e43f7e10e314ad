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
}
