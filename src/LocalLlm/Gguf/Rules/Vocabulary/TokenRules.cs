using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace LocalLlm.Gguf.Rules;

/// <summary>The tokens themselves. A pass over the header, without a string per token.</summary>
internal static class TokenRules
{
    private const string Tokens = "tokenizer.ggml.tokens";

    /// <summary>Tries call themselves once per byte of a token.</summary>
    private const int MaxTrieDepth = 1024;

    /// <summary>And take a hundred bytes and more for each.</summary>
    private const long MaxTrieBytes = 4 << 20;

    /// <summary>The decoded form of a token may hold its text once per character.</summary>
    private const long MaxSquares = 1L << 30;

    /// <summary>PLaMo 2's table has a row for each piece of each end of a token.</summary>
    private const int MaxPlamoLength = 512;

    private const int Normal = 1;
    private const int UserDefined = 4;
    private const int Unused = 5;
    private const int Byte = 6;

    /// <param name="keys">The metadata.</param>
    /// <param name="kind">The tokenizer.</param>
    /// <param name="entry">The array of tokens.</param>
    /// <param name="types">Their types; empty when none are given.</param>
    public static void Check(KeyReader keys, TokenizerKind kind, in KeyValueEntry entry, ReadOnlySpan<int> types)
    {
        using TokenSet set = new(keys.Header, entry.Count);
        Utf8StringReader reader = new(entry, keys.Header);
        long squares = 0;
        long total = 0;
        bool hasEmpty = false;
        for (int i = 0; reader.MoveNext(); i++)
        {
            ReadOnlySpan<byte> text = reader.Current;
            int offset = entry.ElementsOffset + reader.Position - text.Length;
            text = KeyReader.UpToZero(text);
            squares += (long)text.Length * text.Length;
            total += text.Length;
            if (text.IsEmpty)
            {
                hasEmpty = true;
            }
            else if (!set.Add(text, offset))
            {
                RefuseToken(keys, "duplicate-token", i, offset, text, "stands twice in the vocabulary");
                return;
            }

            int type = i < types.Length ? types[i] : Normal;
            if (!CheckToken(keys, kind, i, type, text, offset))
            {
                return;
            }
        }

        CheckSizes(keys, kind, total, squares);
        if (hasEmpty)
        {
            CheckEmpty(keys, entry, set);
        }

        switch (kind)
        {
            case TokenizerKind.SentencePiece:
                CheckBytes(keys, set);
                break;
            case TokenizerKind.Rwkv:
                CheckFirstBytes(keys, entry);
                break;
        }
    }

    private static bool CheckToken(KeyReader keys, TokenizerKind kind, int index, int type, ReadOnlySpan<byte> text, int offset)
    {
        bool isByte = type == Byte;
        string? fault = kind switch
        {
            TokenizerKind.WordPieces when isByte => "is a byte token, which this tokenizer has none of",
            TokenizerKind.SentencePiece or TokenizerKind.Unigram or TokenizerKind.BytePairs when isByte && text.Length is > 0 and < 3 => "is a byte token, but not of the form <0xXX>",
            TokenizerKind.Unigram when type is Normal or UserDefined or Unused && text.Length > MaxTrieDepth => "is too long",
            TokenizerKind.Rwkv when text.Length > MaxTrieDepth => "is too long",
            TokenizerKind.Plamo2 when text.Length > MaxPlamoLength => "is too long",
            TokenizerKind.Plamo2 when !Utf8.IsValid(text) => "is not UTF-8",
            _ => null,
        };
        if (fault is null)
        {
            return true;
        }

        RefuseToken(keys, "bad-token", index, offset, text, fault);
        return false;
    }

    private static void CheckSizes(KeyReader keys, TokenizerKind kind, long total, long squares)
    {
        bool isTrie = kind is TokenizerKind.Unigram or TokenizerKind.Rwkv;
        if (isTrie && total > MaxTrieBytes)
        {
            keys.Refuse("vocabulary-too-large", Tokens, $"The tokens take {total} bytes; the tokenizer's tree of more than {MaxTrieBytes} would take too much memory.");
        }
        else if (squares > MaxSquares)
        {
            keys.Refuse("vocabulary-too-large", Tokens, "The vocabulary has tokens that are too long: llama.cpp would take gigabytes of memory to decode them.");
        }
    }

    /// <summary>llama.cpp names an empty token "[EMPTY_7]", which no other may be called.</summary>
    private static void CheckEmpty(KeyReader keys, in KeyValueEntry entry, in TokenSet set)
    {
        Span<byte> name = stackalloc byte[32];
        "[EMPTY_"u8.CopyTo(name);
        Utf8StringReader reader = new(entry, keys.Header);
        for (int i = 0; reader.MoveNext(); i++)
        {
            if (!KeyReader.UpToZero(reader.Current).IsEmpty)
            {
                continue;
            }

            Utf8Formatter.TryFormat(i, name["[EMPTY_".Length..], out int digits);
            int length = "[EMPTY_".Length + digits;
            name[length++] = (byte)']';
            if (set.Contains(name[..length]))
            {
                int offset = entry.ElementsOffset + reader.Position;
                RefuseToken(keys, "duplicate-token", i, offset, name[..length], "stands twice in the vocabulary: it is also the name of an empty token");
                return;
            }
        }
    }

    /// <summary>Text that is no token is taken byte by byte; a byte without a token ends the process.</summary>
    private static void CheckBytes(KeyReader keys, in TokenSet set)
    {
        Span<byte> name = stackalloc byte[6];
        for (int value = 0; value < 0xF5; value++)
        {
            if (value is 0xC0 or 0xC1)
            {
                continue;
            }

            byte single = (byte)value;
            Encoding.ASCII.GetBytes($"<0x{value:X2}>", name);
            if (!set.Contains(name) && (value == 0 || !set.Contains(new ReadOnlySpan<byte>(in single))))
            {
                keys.Refuse("missing-byte-token", Tokens, $"The vocabulary has no token for the byte 0x{value:X2}, which ends the process when a text contains it.");
                return;
            }
        }
    }

    /// <summary>A text that a token begins with, but no token matches, would be matched for ever.</summary>
    private static void CheckFirstBytes(KeyReader keys, in KeyValueEntry entry)
    {
        Span<bool> begins = stackalloc bool[256];
        Span<bool> stands = stackalloc bool[256];
        begins.Clear();
        stands.Clear();
        Utf8StringReader reader = new(entry, keys.Header);
        for (int i = 0; reader.MoveNext(); i++)
        {
            ReadOnlySpan<byte> text = KeyReader.UpToZero(reader.Current);
            int count = text.IsEmpty ? EmptyName(out byte first) : Unescape(text, out first);
            if (count < 0)
            {
                RefuseToken(keys, "bad-token", i, entry.ElementsOffset + reader.Position, text, "has an escape that is no hexadecimal number");
                return;
            }

            if (count > 0)
            {
                begins[first] = true;
                stands[first] |= count == 1;
            }
        }

        for (int value = 0; value < 256; value++)
        {
            if (begins[value] && !stands[value])
            {
                keys.Refuse("missing-byte-token", Tokens, $"The vocabulary has no token for the byte 0x{value:X2} alone, though others begin with it: the tokenizer would never end.");
                return;
            }
        }
    }

    private static int EmptyName(out byte first)
    {
        first = (byte)'[';
        return 2;
    }

    /// <summary>The first byte of llama_unescape_rwkv_token, and how many there are, counted up to two; −1 where that depends on the machine.</summary>
    private static int Unescape(ReadOnlySpan<byte> text, out byte first)
    {
        first = 0;
        int count = 0;
        for (int i = 0; i < text.Length && count < 2; i++)
        {
            byte value = text[i];
            if (value == (byte)'\\')
            {
                if (++i == text.Length)
                {
                    break;
                }

                value = text[i] switch
                {
                    (byte)'t' => (byte)'\t',
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    byte other => other,
                };
                if (text[i] == (byte)'x')
                {
                    if (i + 2 >= text.Length)
                    {
                        break;
                    }

                    if (text[i + 1] > 0x7F || text[i + 2] > 0x7F)
                    {
                        return -1;
                    }

                    value = (byte)((HexDigit(text[i + 1]) << 4) + HexDigit(text[i + 2]));
                    i += 2;
                }
            }

            first = count == 0 ? value : first;
            count++;
        }

        return count;
    }

    /// <summary>As llama.cpp computes it, whatever the character.</summary>
    private static byte HexDigit(byte c) => (byte)(c >= 'a' ? c - 'a' + 10 : c - '0');

    private static void RefuseToken(KeyReader keys, string code, int index, int offset, scoped ReadOnlySpan<byte> text, string fault) =>
        keys.Findings.Refuse(code, Tokens, offset, $"Token {index}, '{MetadataChecks.Text(text)}', {fault}.");
}
