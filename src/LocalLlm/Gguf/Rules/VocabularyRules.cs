namespace LocalLlm.Gguf.Rules;

internal static class VocabularyRules
{
    public static VocabularySize Check(KeyReader keys) => new(keys.TryFind("tokenizer.ggml.tokens", out KeyValueEntry e) ? e.Count : 0, 0, 0);
}
