using System.Buffers;
using System.Collections.Frozen;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>The tokens of a vocabulary that are found in a text before the rest of it is tokenized.</summary>
internal sealed class AddedTokens
{
    /// <summary>The kinds of token that are.</summary>
    internal const llama_token_attr Kinds =
        llama_token_attr.LLAMA_TOKEN_ATTR_CONTROL | llama_token_attr.LLAMA_TOKEN_ATTR_USER_DEFINED | llama_token_attr.LLAMA_TOKEN_ATTR_UNKNOWN;

    private readonly FrozenDictionary<int, AddedToken> _byId;

    // In the order of their texts: those that a text may go on with at a place stand side by side.
    private readonly AddedToken[] _markup;
    private readonly SearchValues<char> _firstCharacters;

    internal AddedTokens(IEnumerable<AddedToken> tokens)
    {
        // As llama.cpp matches them: the longest first. Its order of equally long ones is open; it matters only where they overlap.
        InMatchOrder = [.. tokens.Where(t => t.Text.Length > 0).OrderByDescending(t => t.ByteCount)];
        _byId = InMatchOrder.ToFrozenDictionary(t => t.Id);
        _markup = [.. InMatchOrder.Where(t => !t.IsPlain).OrderBy(t => t.Text, StringComparer.Ordinal)];
        _firstCharacters = SearchValues.Create([.. _markup.Select(t => t.Text[0]).Distinct()]);
    }

    /// <summary>All, in the order in which they are looked for.</summary>
    internal IReadOnlyList<AddedToken> InMatchOrder { get; }

    /// <summary>Whether a token is markup: a control token, or a user-defined one that is more than a way to write text.</summary>
    internal bool IsMarkup(int token) => _byId.TryGetValue(token, out AddedToken? added) && !added.IsPlain && (added.IsControl || added.IsUserDefined);

    /// <summary>The text of one of them; empty for any other token.</summary>
    internal string TextOf(int token) => _byId.TryGetValue(token, out AddedToken? added) ? added.Text : "";

    /// <summary>The text of the first token that stands for unknown ones; empty where there is none.</summary>
    internal string UnknownText => InMatchOrder.Where(t => !t.IsControl && !t.IsUserDefined).MinBy(t => t.Id)?.Text ?? "";

    /// <summary>Where their texts stand in a text, overlapping ones too; without those that are only a way to write text.</summary>
    internal IEnumerable<(int Start, AddedToken Token)> FindMarkup(string text)
    {
        for (int at = 0; at < text.Length; at++)
        {
            int next = text.AsSpan(at).IndexOfAny(_firstCharacters);
            if (next < 0)
            {
                yield break;
            }

            at += next;
            (int low, int high) = (0, _markup.Length);
            for (int length = 1; low < high && at + length <= text.Length; length++)
            {
                (low, high) = Narrow(low, high, length - 1, text[at + length - 1]);
                // The shortest is the first of them.
                for (; low < high && _markup[low].Text.Length == length; low++)
                {
                    yield return (at, _markup[low]);
                }
            }
        }
    }

    // Of tokens that are alike up to an index: those with this char there.
    private (int Low, int High) Narrow(int low, int high, int index, char character)
    {
        int start = FirstNotBelow(low, high, index, character);
        return (start, character == char.MaxValue ? high : FirstNotBelow(start, high, index, (char)(character + 1)));
    }

    private int FirstNotBelow(int low, int high, int index, char character)
    {
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_markup[middle].Text[index] < character)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
