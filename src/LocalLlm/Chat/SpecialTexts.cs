using LocalLlm.Chat.Templating;
using LocalLlm.Inference;

namespace LocalLlm.Chat;

/// <summary>The texts of a vocabulary's named tokens, under the names that templates have for them.</summary>
internal sealed class SpecialTexts
{
    private SpecialTexts(string begin, string end, string unknown, string padding) => Variables = new()
    {
        ["bos_token"] = begin,
        ["eos_token"] = end,
        ["unk_token"] = unknown,
        ["pad_token"] = padding,
    };

    internal Dictionary<string, TemplateValue> Variables { get; }

    internal static SpecialTexts None { get; } = new("", "", "", "");

    internal static SpecialTexts Of(Vocabulary vocabulary) => new(vocabulary.BeginText, vocabulary.EndText, vocabulary.UnknownText, vocabulary.PaddingText);

    internal static SpecialTexts Of(GgufMetadata metadata)
    {
        // What llama.cpp takes where the file names none.
        bool isSentencePiece = metadata.TryGetString("tokenizer.ggml.model", out string? model) && model == "llama";
        return new SpecialTexts(
            Text(metadata, "bos", isSentencePiece ? 1 : -1),
            Text(metadata, "eos", isSentencePiece ? 2 : -1),
            Text(metadata, "unknown", isSentencePiece ? 0 : -1),
            Text(metadata, "padding", -1));
    }

    private static string Text(GgufMetadata metadata, string name, int otherwise)
    {
        const string tokens = "tokenizer.ggml.tokens";
        long token = metadata.TryGetInteger($"tokenizer.ggml.{name}_token_id", out long named) ? named : otherwise;
        if (token < 0 || !metadata.TryGetArrayInfo(tokens, out GgufValueType type, out int count) || type != GgufValueType.String || token >= count)
        {
            return "";
        }

        string[] text = new string[1];
        metadata.CopyArray(tokens, (int)token, text.AsSpan());
        return text[0];
    }
}
