using System.Buffers;

namespace LocalLlm.Chat.Replies;

/// <summary>Texts that are looked for together.</summary>
internal sealed class MarkerSet
{
    private readonly string[] _markers;
    private readonly SearchValues<string> _search;
    private readonly SearchValues<char> _firsts;
    private readonly int _longest;

    /// <param name="markers">In the order in which they are tried at a place.</param>
    internal MarkerSet(IEnumerable<string> markers)
    {
        _markers = [.. markers.Distinct().OrderByDescending(m => m.Length)];
        _search = SearchValues.Create(_markers, StringComparison.Ordinal);
        _firsts = SearchValues.Create([.. _markers.Select(m => m[0]).Distinct()]);
        _longest = _markers.Length == 0 ? 0 : _markers[0].Length;
    }

    /// <summary>Whether a text holds nothing with which a marker begins.</summary>
    internal bool IsFree(ReadOnlySpan<char> text) => !text.ContainsAny(_firsts);

    /// <summary>Finds the first marker, of several at one place the longest. Where a longer one may still come there, none is found yet.</summary>
    /// <param name="text">Where it is looked for.</param>
    /// <param name="isEnd">Nothing follows the text.</param>
    /// <param name="marker">The marker; null where there is none.</param>
    /// <returns>Where it is; else the length of the text that is certainly before any marker.</returns>
    internal int Find(ReadOnlySpan<char> text, bool isEnd, out string? marker)
    {
        int found = text.IndexOfAny(_search);
        int partial = isEnd ? text.Length : PartialStart(text);
        if (found < 0 || partial < found)
        {
            marker = null;
            return partial;
        }

        ReadOnlySpan<char> rest = text[found..];
        foreach (string candidate in _markers)
        {
            if (rest.StartsWith(candidate, StringComparison.Ordinal))
            {
                marker = candidate;
                return found;
            }

            if (!isEnd && candidate.AsSpan().StartsWith(rest, StringComparison.Ordinal))
            {
                break;
            }
        }

        marker = null;
        return found;
    }

    private int PartialStart(ReadOnlySpan<char> text)
    {
        for (int start = Math.Max(0, text.Length - _longest + 1); start < text.Length; start++)
        {
            int next = text[start..].IndexOfAny(_firsts);
            if (next < 0)
            {
                break;
            }

            start += next;
            foreach (string marker in _markers)
            {
                if (marker.Length > text.Length - start && marker.AsSpan().StartsWith(text[start..], StringComparison.Ordinal))
                {
                    return start;
                }
            }
        }

        return text.Length;
    }
}
