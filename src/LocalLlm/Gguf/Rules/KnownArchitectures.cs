using System.Collections.Frozen;

namespace LocalLlm.Gguf.Rules;

/// <summary>Architectures of the pinned llama.cpp release (LLM_ARCH_NAMES in llama-arch.cpp) that the table of rules does not cover.</summary>
internal static class KnownArchitectures
{
    /// <summary>They load, outside of the guarantee.</summary>
    private static readonly FrozenSet<string> Uncovered = new[]
    {
        "bailingmoe3", "chameleon", "cogvlm", "deepseek32", "deepseek4", "dflash", "dots3note", "eagle3", "gemma4-assistant",
        "glm-dsa", "graniteswitch", "grovemoe", "hy_v3", "jina-bert-v2", "kimi-k3", "kimi-linear", "laguna", "llada",
        "llada-moe", "mimo2", "minimax-01", "minimax-m3", "muse-glimmer", "nanbeige", "plamo2", "plamo3", "plm",
        "pockettts", "qwen3tts", "qwen4exp", "step35", "talkie", "wavtokenizer-dec",
    }.ToFrozenSet();

    /// <summary>Whether llama.cpp can load models of that architecture at all.</summary>
    public static bool Contains(string name) => Uncovered.Contains(name) || ArchitectureRules.Covered.Contains(name);
}
