namespace LocalLlm.Gguf.Rules;

/// <summary>Tokens with a meaning of their own, and whether they are put around a text: ggml ends the process when one is wanted that does not exist.</summary>
internal static class SpecialTokens
{
    private const int Missing = -1;
    private const string Start = "tokenizer.ggml.bos_token_id";
    private const string End = "tokenizer.ggml.eos_token_id";
    private const string Separator = "tokenizer.ggml.seperator_token_id";
    private const string AddStart = "tokenizer.ggml.add_bos_token";
    private const string AddEnd = "tokenizer.ggml.add_eos_token";

    private static readonly string[] OtherIds =
    [
        "tokenizer.ggml.eot_token_id",
        "tokenizer.ggml.eom_token_id",
        "tokenizer.ggml.unknown_token_id",
        "tokenizer.ggml.padding_token_id",
        "tokenizer.ggml.mask_token_id",
        "tokenizer.ggml.fim_pre_token_id",
        "tokenizer.ggml.fim_suf_token_id",
        "tokenizer.ggml.fim_mid_token_id",
        "tokenizer.ggml.fim_pad_token_id",
        "tokenizer.ggml.fim_rep_token_id",
        "tokenizer.ggml.fim_sep_token_id",
        "tokenizer.ggml.prefix_token_id",
        "tokenizer.ggml.suffix_token_id",
        "tokenizer.ggml.middle_token_id",
    ];

    private static readonly string[] Flags =
    [
        "tokenizer.ggml.add_sep_token",
        "tokenizer.ggml.add_space_prefix",
        "tokenizer.ggml.remove_extra_whitespaces",
        "tokenizer.ggml.normalizer.lowercase",
        "tokenizer.ggml.normalizer.strip_accents",
    ];

    public static void Check(KeyReader keys, TokenizerKind kind, string preTokenizer, int tokens)
    {
        (int start, int end, int separator) = kind switch
        {
            TokenizerKind.SentencePiece or TokenizerKind.Plamo2 => (1, 2, Missing),
            TokenizerKind.WordPieces => (101, Missing, 102),
            TokenizerKind.Unigram => (Missing, 1, Missing),
            TokenizerKind.BytePairs when PreTokenizers.ForcesStartToken(preTokenizer) && preTokenizer == "gemma4" => (Missing, Missing, Missing),
            TokenizerKind.BytePairs => (PreTokenizers.LacksStartToken(preTokenizer) ? Missing : 11, 11, Missing),
            _ => (Missing, Missing, Missing),
        };

        start = Id(keys, Start, start, tokens);
        end = Id(keys, End, end, tokens);
        separator = Id(keys, Separator, separator, tokens);
        foreach (string key in OtherIds)
        {
            Id(keys, key, Missing, tokens);
        }

        bool wantsStart = kind is TokenizerKind.SentencePiece or TokenizerKind.WordPieces
            || (kind == TokenizerKind.BytePairs && PreTokenizers.WantsStartToken(preTokenizer));
        bool wantsEnd = kind == TokenizerKind.Unigram;
        wantsStart = keys.ReadBoolean(AddStart) ?? wantsStart;
        wantsEnd = keys.ReadBoolean(AddEnd) ?? wantsEnd;
        foreach (string key in Flags)
        {
            keys.ReadBoolean(key);
        }

        CheckSuppressed(keys);
        switch (kind)
        {
            case TokenizerKind.Rwkv or TokenizerKind.Plamo2:
                return;
            case TokenizerKind.WordPieces:
                wantsStart = true;
                wantsEnd = false;
                Require(keys, Separator, separator, "the tokenizer puts a separator behind each text");
                break;
            default:
                wantsStart |= kind == TokenizerKind.BytePairs && PreTokenizers.ForcesStartToken(preTokenizer);
                break;
        }

        if (wantsStart)
        {
            Require(keys, Start, start, "the tokenizer puts a start token before each text");
        }

        if (wantsEnd)
        {
            Require(keys, End, end, "the tokenizer puts an end token behind each text");
        }
    }

    private static int Id(KeyReader keys, string key, int fallback, int tokens)
    {
        int known = fallback < tokens ? fallback : Missing;
        if (!keys.TryReadUInt32(key, required: false, out long id))
        {
            return known;
        }

        if (id < tokens)
        {
            return (int)id;
        }

        keys.Warn("token-out-of-range", key, $"'{key}' is {id}, but there are {tokens} tokens; it is passed over.");
        return known;
    }

    private static void Require(KeyReader keys, string key, int id, string because)
    {
        if (id == Missing)
        {
            keys.Refuse("missing-special-token", key, $"'{key}' names no token of the vocabulary, but {because}.");
        }
    }

    private static void CheckSuppressed(KeyReader keys)
    {
        const string Key = "tokenizer.ggml.suppress_tokens";
        if (keys.TryFind(Key, out KeyValueEntry entry) && !(entry.IsArray && entry.ElementType == GgufValueType.Int32))
        {
            keys.Refuse("wrong-type", Key, $"'{Key}' is {GgufValueTypes.Describe(entry)}, not arr[i32].");
        }
    }
}
