using System.Text;
using LocalLlm.Inference;

namespace LocalLlm.Chat.Schema;

/// <summary>Reads regular expressions as JSON Schema means them: those of ECMAScript for Unicode, without what looks around or back.</summary>
internal sealed partial class PatternParser
{
    private readonly string _text;
    private readonly string _path;
    private int _at;

    private PatternParser(string text, string path)
    {
        _text = text;
        _path = path;
    }

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    private bool IsAtEnd => _at >= _text.Length;

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="path">Where it stands in the schema.</param>
    /// <exception cref="ArgumentException">It is not valid.</exception>
    /// <exception cref="NotSupportedException">It needs more than a regular grammar can say.</exception>
    internal static TextPattern Parse(string text, string path)
    {
        PatternParser parser = new(text, path);
        TextPattern pattern = parser.ReadWays();
        return parser.IsAtEnd ? pattern : throw parser.Wrong("no parenthesis is open");
    }

    private TextPattern ReadWays()
    {
        SchemaErrors.CheckDepth();
        List<TextPattern> ways = [ReadSequence()];
        while (TryTake("|"))
        {
            ways.Add(ReadSequence());
        }

        return ways.Count == 1 ? ways[0] : new TextPattern.Either(ways);
    }

    private TextPattern.InOrder ReadSequence()
    {
        List<TextPattern> parts = [];
        while (!IsAtEnd && Current is not ('|' or ')'))
        {
            parts.Add(ReadRepeated());
        }

        return new TextPattern.InOrder(parts);
    }

    private TextPattern ReadRepeated()
    {
        TextPattern part = ReadPart();
        if (ReadTimes() is not { } times)
        {
            return part;
        }

        if (part is TextPattern.Start or TextPattern.End)
        {
            throw Wrong("an anchor can't be repeated");
        }

        // How much a repetition would rather take does not change what matches.
        TryTake("?");
        return ReadTimes() is null ? new TextPattern.Repeated(part, times.Min, times.Max) : throw Wrong("there is nothing to repeat");
    }

    private TextPattern ReadPart()
    {
        if (Current is '*' or '+' or '?')
        {
            throw Wrong("there is nothing to repeat");
        }

        char c = Current;
        switch (c)
        {
            case '^':
                _at++;
                return new TextPattern.Start();
            case '$':
                _at++;
                return new TextPattern.End();
            case '(':
                return ReadGroup();
            case '.':
                _at++;
                return new TextPattern.OneOf(PatternClasses.LineEnds.Not());
            case '[':
                return new TextPattern.OneOf(ReadClass());
            case '\\':
                return new TextPattern.OneOf(ReadEscape(isInClass: false));
            default:
                return new TextPattern.OneOf(UnicodeSet.Of(ReadRune()));
        }
    }

    private TextPattern ReadGroup()
    {
        _at++;
        if (TryTake("?"))
        {
            if (Current is '=' or '!' || _text.AsSpan(_at).StartsWith("<=") || _text.AsSpan(_at).StartsWith("<!"))
            {
                throw Unsupported("Lookaround");
            }

            if (TryTake("<"))
            {
                int end = _text.IndexOf('>', _at);
                _at = end > _at ? end + 1 : throw Wrong("the group's name has no end");
            }
            else if (!TryTake(":"))
            {
                throw Unsupported($"A group that starts with '(?{Current}'");
            }
        }

        TextPattern inner = ReadWays();
        return TryTake(")") ? inner : throw Wrong("a parenthesis is not closed");
    }

    private (int Min, int? Max)? ReadTimes()
    {
        if (TryTake("*"))
        {
            return (0, null);
        }

        if (TryTake("+"))
        {
            return (1, null);
        }

        if (TryTake("?"))
        {
            return (0, 1);
        }

        // What only begins like a number of times is a text.
        int start = _at;
        if (TryTake("{") && GrammarParser.ReadNumber(_text, ref _at) is { } min)
        {
            int? max = TryTake(",") ? GrammarParser.ReadNumber(_text, ref _at) : min;
            if (TryTake("}"))
            {
                return max < min ? throw Wrong("the most repetitions are fewer than the least") : (min, max);
            }
        }

        _at = start;
        return null;
    }

    private (int, int) ReadRune()
    {
        if (!Rune.TryGetRuneAt(_text, _at, out Rune rune))
        {
            throw Wrong("half of a surrogate pair is no character");
        }

        _at += rune.Utf16SequenceLength;
        return (rune.Value, rune.Value);
    }

    private bool TryTake(string text)
    {
        bool isThere = string.CompareOrdinal(_text, _at, text, 0, text.Length) == 0;
        _at += isThere ? text.Length : 0;
        return isThere;
    }

    private ArgumentException Wrong(string message) => SchemaErrors.Invalid(_path, $"Not a valid regular expression: {message} (at character {Math.Min(_at, _text.Length)} of '{_text}').");

    private NotSupportedException Unsupported(string what) => SchemaErrors.Unsupported(_path, $"{what} in a regular expression is not supported.");
}
