using System.Text;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>A token that llama.cpp finds in a text by its own text, before the rest is tokenized.</summary>
internal sealed class AddedToken
{
    /// <param name="id">The token.</param>
    /// <param name="text">Its text, in UTF-8.</param>
    /// <param name="kind">Its attributes in the vocabulary.</param>
    internal AddedToken(int id, ReadOnlySpan<byte> text, llama_token_attr kind)
    {
        Id = id;
        Text = Encoding.UTF8.GetString(text);
        ByteCount = text.Length;
        IsControl = kind.HasFlag(llama_token_attr.LLAMA_TOKEN_ATTR_CONTROL);
        IsUserDefined = kind.HasFlag(llama_token_attr.LLAMA_TOKEN_ATTR_USER_DEFINED);
        StripsLeft = kind.HasFlag(llama_token_attr.LLAMA_TOKEN_ATTR_LSTRIP);
        StripsRight = kind.HasFlag(llama_token_attr.LLAMA_TOKEN_ATTR_RSTRIP);
        IsPlain = IsUserDefined && !IsControl && (string.IsNullOrWhiteSpace(Text) || FirstCharacterLength == Text.Length);
    }

    internal int Id { get; }

    internal string Text { get; }

    /// <summary>Bytes of its text.</summary>
    internal int ByteCount { get; }

    internal bool IsControl { get; }

    /// <summary>Whether it is found even where control tokens are not.</summary>
    internal bool IsUserDefined { get; }

    /// <summary>Whether it takes the white space before it away.</summary>
    internal bool StripsLeft { get; }

    /// <summary>Whether it takes the white space behind it away.</summary>
    internal bool StripsRight { get; }

    /// <summary>
    /// Whether it is only a way to write text, not markup: user-defined, and white space or a single character. Vocabularies
    /// have such for runs of spaces and for rare letters, and models know them by these tokens.
    /// </summary>
    internal bool IsPlain { get; }

    /// <summary>Chars of its first character.</summary>
    internal int FirstCharacterLength => Text.Length > 1 && char.IsSurrogatePair(Text[0], Text[1]) ? 2 : Math.Min(1, Text.Length);
}
