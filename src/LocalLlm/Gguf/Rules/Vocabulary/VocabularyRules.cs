using System.Runtime.InteropServices;
using System.Text;

namespace LocalLlm.Gguf.Rules;

/// <summary>The tokenizer (llama_vocab::impl::load): what it reads of the file, and what ends the process when it is used.</summary>
internal static class VocabularyRules
{
    private const string Model = "tokenizer.ggml.model";
    private const string PreTokenizer = "tokenizer.ggml.pre";
    private const string Tokens = "tokenizer.ggml.tokens";
    private const string Merges = "tokenizer.ggml.merges";

    /// <summary>Checks the tokenizer; sizes of 0 are returned where they could not be read.</summary>
    public static VocabularySize Check(KeyReader keys)
    {
        string model = Encoding.UTF8.GetString(keys.ReadString(Model, required: true));
        string preTokenizer = Encoding.UTF8.GetString(keys.ReadString(PreTokenizer));
        long claimed = keys.ReadUInt32("vocab_size", -1);
        long sentenceTypes = keys.ReadUInt32("tokenizer.ggml.token_type_count");
        if (Kind(model) is not TokenizerKind kind)
        {
            if (model.Length > 0)
            {
                keys.Refuse("unknown-tokenizer", Model, $"The pinned llama.cpp release does not know the tokenizer '{MetadataChecks.Text(Encoding.UTF8.GetBytes(model))}'.");
            }

            return new VocabularySize(0, 0, sentenceTypes);
        }

        if (kind == TokenizerKind.None)
        {
            CheckNone(keys);
            return new VocabularySize(0, 0, sentenceTypes);
        }

        if (kind == TokenizerKind.BytePairs)
        {
            preTokenizer = model == "gemma4" ? model : preTokenizer;
            CheckPairs(keys, model, preTokenizer);
        }
        else if (kind == TokenizerKind.Unigram)
        {
            CharacterMap.Check(keys);
        }

        int tokens = CheckTokens(keys, kind);
        SpecialTokens.Check(keys, kind, preTokenizer, tokens);
        return new VocabularySize(tokens, claimed < 0 ? tokens : claimed, sentenceTypes);
    }

    /// <summary>Parts of other models, such as decoders of sound, have no tokenizer; no architecture with rules is one of them.</summary>
    private static void CheckNone(KeyReader keys)
    {
        const string Message = "The file has no tokenizer: llama.cpp ends the process when it is given a text.";
        if (ArchitectureRules.Find(Encoding.UTF8.GetString(keys.Architecture)) is null)
        {
            keys.Warn("no-tokenizer", Model, Message);
        }
        else
        {
            keys.Refuse("no-tokenizer", Model, Message);
        }
    }

    private static TokenizerKind? Kind(string model) => model switch
    {
        "none" or "no_vocab" => TokenizerKind.None,
        "llama" => TokenizerKind.SentencePiece,
        "bert" => TokenizerKind.WordPieces,
        "gpt2" or "hybriddna" or "whitespace" or "gemma4" => TokenizerKind.BytePairs,
        "t5" => TokenizerKind.Unigram,
        "rwkv" => TokenizerKind.Rwkv,
        "plamo2" => TokenizerKind.Plamo2,
        _ => null,
    };

    private static void CheckPairs(KeyReader keys, string model, string preTokenizer)
    {
        if (!PreTokenizers.Contains(preTokenizer))
        {
            keys.Refuse("unknown-pre-tokenizer", PreTokenizer, $"The pinned llama.cpp release does not know the pre-tokenizer '{MetadataChecks.Text(Encoding.UTF8.GetBytes(preTokenizer))}'.");
        }
        else if (preTokenizer == PreTokenizers.Whitespace && model != preTokenizer)
        {
            keys.Refuse("model-inconsistent", PreTokenizer, $"The pre-tokenizer 'whitespace' belongs to the tokenizer of that name, not to '{model}': a space would end the process.");
        }

        if (!keys.TryFind(Merges, out KeyValueEntry entry))
        {
            if (preTokenizer != PreTokenizers.WithoutMerges)
            {
                keys.Refuse("missing-key", Merges, $"The metadata key '{Merges}' is missing.");
            }
        }
        else if (!entry.IsArray || entry.ElementType != GgufValueType.String)
        {
            keys.Refuse("wrong-type", Merges, $"'{Merges}' is {GgufValueTypes.Describe(entry)}, not arr[str].");
        }
        else
        {
            WarnOfOddMerges(keys, entry);
        }
    }

    /// <summary>A merge without a space between its halves merges nothing.</summary>
    private static void WarnOfOddMerges(KeyReader keys, in KeyValueEntry entry)
    {
        Utf8StringReader reader = new(entry, keys.Header);
        for (int i = 0; reader.MoveNext(); i++)
        {
            if (!HasSpace(reader.Current))
            {
                keys.Warn("odd-merge", Merges, $"Merge {i}, '{MetadataChecks.Text(reader.Current)}', is not of the form 'left right' and merges nothing.");
                return;
            }
        }
    }

    /// <summary>Merges are short: a loop is faster than a search.</summary>
    private static bool HasSpace(ReadOnlySpan<byte> merge)
    {
        for (int i = 1; i < merge.Length; i++)
        {
            if (merge[i] == (byte)' ')
            {
                return true;
            }
        }

        return false;
    }

    private static int CheckTokens(KeyReader keys, TokenizerKind kind)
    {
        if (!keys.TryFind(Tokens, out KeyValueEntry entry))
        {
            keys.Refuse("missing-key", Tokens, $"The metadata key '{Tokens}' is missing.");
            return 0;
        }

        if (!entry.IsArray || entry.ElementType != GgufValueType.String)
        {
            keys.Refuse("wrong-type", Tokens, $"'{Tokens}' is {GgufValueTypes.Describe(entry)}, not arr[str].");
            return 0;
        }

        if (entry.Count == 0)
        {
            keys.Refuse("no-tokens", Tokens, "The vocabulary has no tokens.");
            return 0;
        }

        CheckLength(keys, "tokenizer.ggml.scores", entry.Count, isScore: true);
        ReadOnlySpan<int> types = CheckLength(keys, "tokenizer.ggml.token_type", entry.Count, isScore: false);
        TokenRules.Check(keys, kind, entry, types);
        return entry.Count;
    }

    /// <summary>An array with one number for each token; returns it unless it is missing or refused.</summary>
    private static ReadOnlySpan<int> CheckLength(KeyReader keys, string key, int tokens, bool isScore)
    {
        if (!keys.TryFind(key, out KeyValueEntry entry))
        {
            return default;
        }

        bool fits = entry.ElementType == GgufValueType.Int32 || (isScore && entry.ElementType == GgufValueType.Float32);
        if (!entry.IsArray || !fits)
        {
            keys.Refuse("wrong-type", key, $"'{key}' is {GgufValueTypes.Describe(entry)}, not {(isScore ? "arr[f32]" : "arr[i32]")}.");
            return default;
        }

        if (entry.Count < tokens)
        {
            keys.Refuse("array-length", key, $"'{key}' has {entry.Count} elements for {tokens} tokens.");
            return default;
        }

        if (entry.Count > tokens)
        {
            keys.Warn("array-length", key, $"'{key}' has {entry.Count} elements for {tokens} tokens.");
        }

        return MemoryMarshal.Cast<byte, int>(keys.Header[entry.ElementsOffset..entry.End]);
    }
}
