using System.Buffers;
using System.Globalization;
using System.Text;

namespace LocalLlm.Inference;

/// <summary>Reads GBNF as the pinned llama.cpp does, but says what is wrong and where, and refuses what would take it too far.</summary>
internal sealed class GrammarParser
{
    private const int MaxTextLength = 1 << 20;
    private const int MaxNesting = 100;
    private const int MaxOperators = 8;
    private const int MaxRules = 20_000;
    private const int MaxElements = 100_000;

    // llama.cpp's MAX_REPETITION_THRESHOLD.
    private const int RepetitionThreshold = 2000;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private readonly GrammarSource _source;
    private readonly string _text;
    private readonly Dictionary<string, GrammarRule> _named = [];
    private readonly List<GrammarRule> _rules = [];
    private int _at;
    private int _nesting;
    private long _elements;

    private GrammarParser(GrammarSource source)
    {
        _source = source;
        _text = source.Text;
    }

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    private char Next => _at + 1 < _text.Length ? _text[_at + 1] : '\0';

    /// <summary>The rules and groups of a grammar, in the order in which llama.cpp comes to know them.</summary>
    /// <exception cref="GrammarException">The text is not valid.</exception>
    internal static IReadOnlyList<GrammarRule> Parse(GrammarSource source)
    {
        if (source.Text.Length > MaxTextLength)
        {
            throw new GrammarException($"The grammar has {source.Text.Length:N0} characters; at most {MaxTextLength:N0} are taken.");
        }

        GrammarParser parser = new(source);
        parser.CheckCharacters();
        parser.ReadRules();
        return parser._rules;
    }

    private void CheckCharacters()
    {
        for (int i = 0; i < _text.Length; i++)
        {
            if (_text[i] == '\0')
            {
                throw _source.Error(i, "The text holds a NUL character.");
            }

            if (char.IsSurrogate(_text[i]))
            {
                if (i + 1 == _text.Length || !char.IsSurrogatePair(_text[i], _text[i + 1]))
                {
                    throw _source.Error(i, "The text holds half of a surrogate pair, which is no character.");
                }

                i++;
            }
        }
    }

    private void ReadRules()
    {
        SkipSpace(newlines: true);
        while (_at < _text.Length)
        {
            ReadRule();
        }

        foreach (GrammarRule rule in _rules)
        {
            if (!rule.IsDefined)
            {
                throw _source.Error(rule.Offset, $"The rule '{rule.Name}' is not defined.");
            }
        }

        if (!_named.ContainsKey("root"))
        {
            throw new GrammarException("The grammar has no rule 'root', which is where a text starts. Add one: root ::= …");
        }
    }

    private void ReadRule()
    {
        int start = _at;
        GrammarRule rule = ReadName();
        if (rule.IsDefined)
        {
            throw _source.Error(start, $"The rule '{rule.Name}' is defined already.");
        }

        SkipSpace(newlines: false);
        if (string.CompareOrdinal(_text, _at, "::=", 0, 3) != 0)
        {
            throw Unexpected($"'::=' must follow the name '{rule.Name}'");
        }

        _at += 3;
        SkipSpace(newlines: true);
        rule.Define(ReadAlternatives(isNested: false), start);
        if (_at < _text.Length && Current is not ('\r' or '\n'))
        {
            throw Unexpected("a new line or the end must follow the rule");
        }

        SkipSpace(newlines: true);
    }

    private List<IReadOnlyList<GrammarElement>> ReadAlternatives(bool isNested)
    {
        List<IReadOnlyList<GrammarElement>> alternatives = [ReadSequence(isNested)];
        while (Current == '|')
        {
            _at++;
            SkipSpace(newlines: true);
            alternatives.Add(ReadSequence(isNested));
        }

        Count(alternatives.Count, _at);
        return alternatives;
    }

    private List<GrammarElement> ReadSequence(bool isNested)
    {
        List<GrammarElement> sequence = [];
        while (true)
        {
            if (ReadElement(isNested) is not { } element)
            {
                return sequence;
            }

            SkipSpace(isNested);
            Count(element.Size, element.Offset);
            sequence.Add(ReadRepetitions(element, isNested));
        }
    }

    private GrammarElement? ReadElement(bool isNested) => Current switch
    {
        '"' => ReadText(),
        '[' => ReadClass(),
        '<' or '!' => ReadToken(),
        '(' => ReadGroup(),
        '.' => new GrammarAny(_at++),
        '*' or '+' or '?' or '{' => throw Unexpected("there is nothing before it to repeat"),
        char c when IsNameCharacter(c) => new GrammarReference(_at, ReadName()),
        ')' when !isNested => throw Unexpected("no parenthesis is open"),
        _ => null,
    };

    private GrammarRule ReadName()
    {
        int start = _at;
        while (IsNameCharacter(Current))
        {
            _at++;
        }

        if (_at == start)
        {
            throw Unexpected("a rule must start with its name, of letters, digits and '-'");
        }

        string name = _text[start.._at];
        if (!_named.TryGetValue(name, out GrammarRule? rule))
        {
            rule = AddRule(name, start);
            _named.Add(name, rule);
        }

        return rule;
    }

    private GrammarReference ReadGroup()
    {
        int start = _at++;
        if (++_nesting > MaxNesting)
        {
            throw _source.Error(start, $"Parentheses are nested deeper than {MaxNesting}.");
        }

        GrammarRule group = AddRule(name: null, start);
        SkipSpace(newlines: true);
        group.Define(ReadAlternatives(isNested: true), start);
        if (Current != ')')
        {
            throw _at < _text.Length
                ? Unexpected("')' must close the group")
                : _source.Error(start, "This parenthesis is not closed.");
        }

        _at++;
        _nesting--;
        return new GrammarReference(start, group);
    }

    private GrammarText ReadText()
    {
        int start = _at++;
        List<int> codePoints = [];
        while (Current != '"')
        {
            int at = _at;
            ThrowAtEnd(start, "This text has no closing '\"'.");
            codePoints.Add(ReadCharacter());
            if (codePoints[^1] == 0)
            {
                throw _source.Error(at, "A NUL character can't be generated.");
            }
        }

        _at++;
        return new GrammarText(start, [.. codePoints]);
    }

    private GrammarClass ReadClass()
    {
        int start = _at++;
        bool isNegated = Current == '^';
        _at += isNegated ? 1 : 0;
        List<(int, int)> ranges = [];
        while (Current != ']')
        {
            ThrowAtEnd(start, "This character class has no closing ']'.");
            int at = _at;
            int first = ReadCharacter();
            int last = first;
            if (Current == '-' && Next != ']')
            {
                _at++;
                ThrowAtEnd(start, "This character class has no closing ']'.");
                last = ReadCharacter();
            }

            if (last < first)
            {
                throw _source.Error(at, $"The range ends (U+{last:X4}) before it starts (U+{first:X4}).");
            }

            ranges.Add((first, last));
        }

        if (ranges.Count == 0)
        {
            throw _source.Error(start, "The character class is empty. A ']' in it is written '\\]'; any character is '.'.");
        }

        _at++;
        return new GrammarClass(start, isNegated, [.. ranges]);
    }

    private int ReadCharacter()
    {
        if (Current == '\\')
        {
            return ReadEscape();
        }

        Rune.TryGetRuneAt(_text, _at, out Rune rune);
        _at += rune.Utf16SequenceLength;
        return rune.Value;
    }

    private int ReadEscape()
    {
        int start = _at;
        char kind = Next;
        _at += 2;
        return kind switch
        {
            'x' => ReadHex(start, 2),
            'u' => ReadHex(start, 4),
            'U' => ReadHex(start, 8),
            't' => '\t',
            'r' => '\r',
            'n' => '\n',
            '\\' or '"' or '[' or ']' or '-' => kind,
            _ => throw _source.Error(start, "Not an escape. There are \\n \\r \\t \\\\ \\\" \\[ \\] \\- and \\xHH \\uHHHH \\UHHHHHHHH."),
        };
    }

    private int ReadHex(int start, int digits)
    {
        ReadOnlySpan<char> hex = _text.AsSpan(Math.Min(_at, _text.Length));
        if (hex.Length < digits || hex[..digits].ContainsAnyExcept(HexDigits))
        {
            throw _source.Error(start, $"The escape '\\{_text[start + 1]}' takes {digits} hexadecimal digits.");
        }

        _at += digits;
        uint value = uint.Parse(hex[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return Rune.IsValid(value) ? (int)value : throw _source.Error(start, $"U+{value:X4} is not a character of Unicode.");
    }

    private GrammarToken ReadToken()
    {
        int start = _at;
        bool isNegated = Current == '!';
        _at += isNegated ? 1 : 0;
        if (Current != '<')
        {
            throw Unexpected("a token in angle brackets must follow '!'");
        }

        int close = _text.IndexOf('>', _at);
        if (close < 0)
        {
            throw _source.Error(start, "This token has no closing '>'.");
        }

        string text = _text[_at..(close + 1)];
        _at = close + 1;
        if (text[1] != '[')
        {
            return new GrammarToken(start, isNegated, Id: null, text);
        }

        return text[^2] == ']' && int.TryParse(text.AsSpan(2, Math.Max(0, text.Length - 4)), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            ? new GrammarToken(start, isNegated, id, text)
            : throw _source.Error(start, $"'{text}' is not a token's number, which is written <[7]>.");
    }

    private GrammarElement ReadRepetitions(GrammarElement element, bool isNested)
    {
        for (int operators = 0; Current is '*' or '+' or '?' or '{'; operators++)
        {
            int start = _at;
            if (operators == MaxOperators)
            {
                throw _source.Error(start, $"More than {MaxOperators} repetitions of one element follow each other. Put what is repeated into a rule of its own.");
            }

            if (element.Size == 0)
            {
                throw _source.Error(start, "There is nothing before it to repeat.");
            }

            (int min, int? max) = ReadBounds(isNested);
            SkipSpace(isNested);
            GrammarRepetition repetition = new(start, element, min, max);
            Count(repetition.Size - element.Size, start);
            element = repetition;
        }

        return element;
    }

    private (int Min, int? Max) ReadBounds(bool isNested)
    {
        int start = _at;
        char kind = _text[_at++];
        if (kind != '{')
        {
            return kind switch { '*' => (0, null), '+' => (1, null), _ => (0, 1) };
        }

        SkipSpace(isNested);
        int min = ReadNumber(_text, ref _at) ?? throw Unexpected("a number of repetitions must follow '{'");
        SkipSpace(isNested);
        int? max = min;
        if (Current == ',')
        {
            _at++;
            SkipSpace(isNested);
            max = ReadNumber(_text, ref _at);
            SkipSpace(isNested);
        }

        if (Current != '}')
        {
            throw Unexpected("',' or '}' must follow the number of repetitions");
        }

        _at++;
        if (max < min)
        {
            throw _source.Error(start, $"The most repetitions ({max}) are fewer than the least ({min}).");
        }

        // As llama.cpp does it: a higher limit is none.
        max = max > RepetitionThreshold && max > min ? null : max;
        return Math.Max(min, max ?? 0) < RepetitionThreshold
            ? (min, max)
            : throw _source.Error(start, $"Too many repetitions: fewer than {RepetitionThreshold:N0} are taken, as llama.cpp does.");
    }

    /// <summary>Reads a number of repetitions, and goes on behind it; null where there is none. Every one above a million means the same, so that none is too large to read.</summary>
    internal static int? ReadNumber(string text, ref int at)
    {
        int start = at;
        int number = 0;
        for (; at < text.Length && char.IsAsciiDigit(text[at]); at++)
        {
            number = Math.Min((number * 10) + (text[at] - '0'), 1_000_000);
        }

        return at > start ? number : null;
    }

    private void SkipSpace(bool newlines)
    {
        while (true)
        {
            if (Current is ' ' or '\t' || (newlines && Current is '\r' or '\n'))
            {
                _at++;
            }
            else if (Current == '#')
            {
                while (_at < _text.Length && Current is not ('\r' or '\n'))
                {
                    _at++;
                }
            }
            else
            {
                return;
            }
        }
    }

    private GrammarRule AddRule(string? name, int offset)
    {
        if (_rules.Count == MaxRules)
        {
            throw _source.Error(offset, $"The grammar has more than {MaxRules:N0} rules and groups.");
        }

        GrammarRule rule = new(_rules.Count, name, offset);
        _rules.Add(rule);
        return rule;
    }

    private void Count(long elements, int offset)
    {
        _elements += elements;
        if (_elements > MaxElements)
        {
            throw _source.Error(offset, $"With its repetitions written out the grammar has more than {MaxElements:N0} elements.");
        }
    }

    private void ThrowAtEnd(int start, string message)
    {
        if (_at >= _text.Length)
        {
            throw _source.Error(start, message);
        }
    }

    private GrammarException Unexpected(string expected)
    {
        string found = _at >= _text.Length ? "The text ends here" : Rune.TryGetRuneAt(_text, _at, out Rune rune) && !Rune.IsControl(rune) ? $"Unexpected '{rune}'" : "Unexpected end of the line";
        return _source.Error(Math.Min(_at, _text.Length), $"{found}: {expected}.");
    }

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c == '-';
}
