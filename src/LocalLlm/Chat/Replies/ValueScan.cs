namespace LocalLlm.Chat.Replies;

/// <summary>Finds where a value ends that may hold others in brackets, while it grows: each character is looked at once.</summary>
/// <param name="quotes">What begins and ends a string.</param>
/// <param name="hasEscapes">A backslash in a string takes away the meaning of the character behind it.</param>
internal struct ValueScan(IReadOnlyList<string> quotes, bool hasEscapes)
{
    private static readonly string[] JsonQuotes = ["\""];

    private string? _quote;
    private bool _isEscaped;
    private int _depth;

    internal static ValueScan Json => new(JsonQuotes, hasEscapes: true);

    /// <summary>How far it has looked.</summary>
    internal int At { get; set; }

    /// <summary>Looks at what came. The text so far must begin with an open bracket.</summary>
    /// <param name="text">The text so far; <see cref="At"/> is in it.</param>
    /// <param name="stops">Texts at which it ends in any case, unless in a string.</param>
    /// <returns>Whether the value has ended, at <see cref="At"/>.</returns>
    internal bool Ends(ReadOnlySpan<char> text, IReadOnlyList<string> stops)
    {
        for (; At < text.Length; At++)
        {
            if (_isEscaped)
            {
                _isEscaped = false;
            }
            else if (_quote is { } quote)
            {
                if (text[At..].StartsWith(quote, StringComparison.Ordinal))
                {
                    At += quote.Length - 1;
                    _quote = null;
                }
                else if (IsCut(text[At..], quote))
                {
                    return false;
                }
                else
                {
                    _isEscaped = hasEscapes && text[At] == '\\';
                }
            }
            else if (text[At] is '{' or '[' or '(')
            {
                _depth++;
            }
            else if (text[At] is '}' or ']' or ')')
            {
                if (--_depth <= 0)
                {
                    At++;
                    return true;
                }
            }
            else
            {
                foreach (string begin in quotes)
                {
                    if (IsCut(text[At..], begin))
                    {
                        return false;
                    }

                    if (text[At..].StartsWith(begin, StringComparison.Ordinal))
                    {
                        _quote = begin;
                        At += begin.Length - 1;
                        break;
                    }
                }

                foreach (string stop in _quote is null ? stops : [])
                {
                    if (text[At..].StartsWith(stop, StringComparison.Ordinal))
                    {
                        return true;
                    }

                    if (IsCut(text[At..], stop))
                    {
                        return false;
                    }
                }
            }
        }

        return false;
    }

    private static bool IsCut(ReadOnlySpan<char> text, string mark) => text.Length < mark.Length && mark.AsSpan().StartsWith(text, StringComparison.Ordinal);
}
