using System.Collections.Frozen;

namespace LocalLlm.Gguf.Rules;

/// <summary>How text is cut before pairs are merged: names that llama.cpp knows (llama_vocab::impl::load), and what some of them change.</summary>
internal static class PreTokenizers
{
    /// <summary>Needs no merges.</summary>
    public const string WithoutMerges = "kimi-k2";

    /// <summary>Keeps spaces, which only the tokenizer of that name removes before it looks for merges.</summary>
    public const string Whitespace = "whitespace";

    private static readonly FrozenSet<string> StartTokenWanted = new[]
    {
        "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano",
        "tekken", "chameleon",
    }.ToFrozenSet();

    private static readonly FrozenSet<string> StartTokenForced = new[] { "gemma4", "granite-embed-multi-311m" }.ToFrozenSet();

    private static readonly FrozenSet<string> NoStartToken = new[] { "glm4", "chatglm-bpe" }.ToFrozenSet();

    private static readonly FrozenSet<string> Others = new[]
    {
        "default", "minicpm5", "deepseek-llm", "deepseek-coder", "deepseek-v3", "youtu", "falcon", "mpt", "starcoder",
        "gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum",
        "modern-bert", "jais-2", "sarvam-moe", "jina-v1-en", "jina-v2-code", "roberta-bpe", "whitespace", "refact",
        "command-r", "qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "qwen35", "stablelm2", "olmo", "dbrx",
        "smaug-bpe", "poro-chat", "viking", "jais", "smollm", "codeshell", "bloom", "gpt3-finnish", "exaone", "exaone4",
        "exaone-moe", "minerva-7b", "megrez", "gpt-4o", "llama4", "kanana2", "talkie", "granite-embed-multi-97m",
        "tiny_aya", "cohere2moe", "superbpe", "trillion", "granite-docling", "bailingmoe", "bailingmoe2", "llada-moe",
        "seed-coder", "hunyuan", "hunyuan-dense", "joyai-llm", "kimi-k2", "grok-2", "afmoe", "laguna", "minimax-m2",
        "solar-open", "mellum2",
    }.ToFrozenSet();

    /// <summary>Whether llama.cpp knows the name; an empty one is taken as "default".</summary>
    public static bool Contains(string name) =>
        name.Length == 0 || Others.Contains(name) || StartTokenWanted.Contains(name) || StartTokenForced.Contains(name) || NoStartToken.Contains(name);

    /// <summary>Whether text begins with a start token unless the file says otherwise.</summary>
    public static bool WantsStartToken(string name) => StartTokenWanted.Contains(name);

    /// <summary>Whether text begins with one, whatever the file says.</summary>
    public static bool ForcesStartToken(string name) => StartTokenForced.Contains(name);

    /// <summary>Whether there is none unless the file names one.</summary>
    public static bool LacksStartToken(string name) => NoStartToken.Contains(name);
}
