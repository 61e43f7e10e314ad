using System.Globalization;
using System.Text;

namespace LocalLlm.Chat.Templating;

/// <summary>Cuts a template's source into tokens: trim_blocks and lstrip_blocks are on, as chat templates expect.</summary>
internal sealed class TemplateLexer
{
    private const string Symbols = "+-/*%~[](){}><=.:|,;";

    private static readonly string[] Pairs = ["//", "**", "==", "!=", ">=", "<="];

    private readonly string _source;
    private readonly List<TemplateToken> _tokens = [];
    private readonly Stack<char> _open = [];
    private int _at;
    private int _line = 1;
    private int _lineStart;
    private int _lineCounted;

    private TemplateLexer(string source)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        _source = source.EndsWith('\n') ? source[..^1] : source;
    }

    internal static List<TemplateToken> Read(string source)
    {
        TemplateLexer lexer = new(source);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private void ReadAll()
    {
        bool startsLine = true;
        while (_at < _source.Length)
        {
            int tag = FindTag(_at);
            if (tag < 0)
            {
                AddData(_at, _source.Length);
                _at = _source.Length;
                break;
            }

            char kind = _source[tag + 1];
            char sign = Sign(tag + 2);
            AddData(_at, DataEnd(_at, tag, sign, startsLine, strips: kind != '{'));
            SourcePosition position = At(tag);
            _at = tag + 2 + (sign == ' ' ? 0 : 1);
            switch (kind)
            {
                case '#':
                    int end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
                    _at = end < 0 ? throw Error("This comment is never closed.", position) : end;
                    EndTag(_at > tag + 2 ? _source[_at - 1] : ' ', trimsNewline: true);
                    break;
                case '%' when IsWord("raw", _at, out int behind):
                    _at = behind;
                    ReadRaw(position);
                    break;
                default:
                    _tokens.Add(new TemplateToken(kind == '%' ? TemplateTokenKind.BlockBegin : TemplateTokenKind.VariableBegin, "", position));
                    ReadCode(kind == '%' ? '%' : '}', position);
                    break;
            }

            startsLine = _at > 0 && _source[_at - 1] == '\n';
        }

        _tokens.Add(new TemplateToken(TemplateTokenKind.End, "", At(_source.Length)));
    }

    private int FindTag(int from)
    {
        for (int at = from; (at = _source.IndexOf('{', at)) >= 0 && at + 1 < _source.Length; at++)
        {
            if (_source[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }

        return -1;
    }

    private char Sign(int at) => at < _source.Length && _source[at] is '-' or '+' ? _source[at] : ' ';

    // Where the text before a tag ends, once its whitespace control is done.
    private int DataEnd(int start, int tag, char sign, bool startsLine, bool strips)
    {
        int end = tag;
        if (sign == '-')
        {
            while (end > start && PythonText.IsSpace(_source[end - 1]))
            {
                end--;
            }
        }
        else if (sign != '+' && strips && end > start)
        {
            int line = _source.LastIndexOf('\n', end - 1, end - start) + 1;
            if ((line > 0 || startsLine) && IsBlank(line = Math.Max(line, start), end))
            {
                end = line;
            }
        }

        return end;
    }

    private bool IsBlank(int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (!PythonText.IsSpace(_source[i]))
            {
                return false;
            }
        }

        return true;
    }

    private void AddData(int start, int end)
    {
        if (end > start)
        {
            _tokens.Add(new TemplateToken(TemplateTokenKind.Data, _source[start..end], At(start)));
        }
    }

    // Stands on the closing two characters.
    private void EndTag(char sign, bool trimsNewline)
    {
        _at += 2;
        if (sign == '-')
        {
            SkipSpace();
        }
        else if (trimsNewline && sign != '+' && _at < _source.Length && _source[_at] == '\n')
        {
            _at++;
        }
    }

    private void SkipSpace()
    {
        while (_at < _source.Length && PythonText.IsSpace(_source[_at]))
        {
            _at++;
        }
    }

    // Whether a block holds one word and nothing else.
    private bool IsWord(string word, int at, out int behind)
    {
        int start = _at;
        _at = at;
        SkipSpace();
        bool isWord = string.CompareOrdinal(_source, _at, word, 0, word.Length) == 0;
        _at += word.Length;
        if (isWord)
        {
            SkipSpace();
            char sign = Sign(_at);
            _at += sign == ' ' ? 0 : 1;
            isWord = string.CompareOrdinal(_source, _at, "%}", 0, 2) == 0 && (word != "raw" || sign != '+');
            if (isWord)
            {
                EndTag(sign, trimsNewline: word != "raw");
            }
        }

        behind = _at;
        _at = start;
        return isWord;
    }

    private void ReadRaw(SourcePosition position)
    {
        int start = _at;
        for (int tag = start; (tag = _source.IndexOf("{%", tag, StringComparison.Ordinal)) >= 0; tag++)
        {
            char sign = Sign(tag + 2);
            if (IsWord("endraw", tag + 2 + (sign == ' ' ? 0 : 1), out int behind))
            {
                AddData(start, DataEnd(start, tag, sign, start > 0 && _source[start - 1] == '\n', strips: true));
                _at = behind;
                return;
            }
        }

        throw Error("This raw block is never closed.", position);
    }

    private void ReadCode(char closing, SourcePosition opened)
    {
        _open.Clear();
        while (true)
        {
            SkipSpace();
            if (_at >= _source.Length)
            {
                throw Error("This tag is never closed.", opened);
            }

            char c = _source[_at];
            int sign = c is '-' or '+' && closing == '%' || c == '-' ? 1 : 0;
            if (_open.Count == 0 && _at + sign + 1 < _source.Length && _source[_at + sign] == closing && _source[_at + sign + 1] == '}')
            {
                _tokens.Add(new TemplateToken(closing == '%' ? TemplateTokenKind.BlockEnd : TemplateTokenKind.VariableEnd, "", At(_at)));
                _at += sign;
                EndTag(sign == 1 ? c : ' ', trimsNewline: closing == '%');
                return;
            }

            ReadToken(c);
        }
    }

    private void ReadToken(char c)
    {
        int start = _at;
        if (c is '"' or '\'')
        {
            ReadString(c);
        }
        else if (char.IsAsciiDigit(c))
        {
            ReadNumber();
        }
        else if (c == '_' || char.IsLetter(c))
        {
            while (_at < _source.Length && (_source[_at] == '_' || char.IsLetterOrDigit(_source[_at])))
            {
                _at++;
            }

            _tokens.Add(new TemplateToken(TemplateTokenKind.Name, _source[start.._at], At(start)));
        }
        else
        {
            string symbol = Array.Find(Pairs, p => string.CompareOrdinal(_source, start, p, 0, p.Length) == 0)
                ?? (Symbols.Contains(c, StringComparison.Ordinal) ? c.ToString() : throw Error($"The character '{c}' can't stand here.", At(start)));
            if (symbol is "(" or "[" or "{")
            {
                _open.Push(symbol[0]);
            }
            else if (symbol is ")" or "]" or "}" && (!_open.TryPop(out char open) || (open, symbol[0]) is not (('(', ')') or ('[', ']') or ('{', '}'))))
            {
                throw Error($"'{symbol}' closes nothing.", At(start));
            }

            _at += symbol.Length;
            _tokens.Add(new TemplateToken(TemplateTokenKind.Operator, symbol, At(start)));
        }
    }

    private void ReadNumber()
    {
        int start = _at;
        if (_source[_at] == '0' && _at + 2 < _source.Length && (_source[_at + 1] | 32) is 'x' or 'o' or 'b' && char.IsAsciiHexDigit(_source[_at + 2]))
        {
            _at += 2;
            while (_at < _source.Length && (char.IsAsciiHexDigit(_source[_at]) || _source[_at] == '_'))
            {
                _at++;
            }

            _tokens.Add(new TemplateToken(TemplateTokenKind.Integer, _source[start.._at], At(start)));
            return;
        }

        bool isFloat = false;
        SkipDigits();
        // a.0.5 is an item of an item.
        bool isItem = start > 0 && _source[start - 1] == '.';
        if (!isItem && _at + 1 < _source.Length && _source[_at] == '.' && char.IsAsciiDigit(_source[_at + 1]))
        {
            isFloat = true;
            _at++;
            SkipDigits();
        }

        int exponent = _at + 1 < _source.Length && _source[_at + 1] is '+' or '-' ? _at + 2 : _at + 1;
        if (!isItem && exponent < _source.Length && (_source[_at] | 32) == 'e' && char.IsAsciiDigit(_source[exponent]))
        {
            isFloat = true;
            _at = exponent;
            SkipDigits();
        }

        _tokens.Add(new TemplateToken(isFloat ? TemplateTokenKind.Float : TemplateTokenKind.Integer, _source[start.._at].Replace("_", "", StringComparison.Ordinal), At(start)));
    }

    private void SkipDigits()
    {
        while (_at < _source.Length && (char.IsAsciiDigit(_source[_at]) || (_source[_at] == '_' && _at + 1 < _source.Length && char.IsAsciiDigit(_source[_at + 1]))))
        {
            _at++;
        }
    }

    private void ReadString(char quote)
    {
        int start = _at++;
        StringBuilder text = new();
        while (true)
        {
            if (_at >= _source.Length)
            {
                throw Error("This string is never closed.", At(start));
            }

            char c = _source[_at++];
            if (c == quote)
            {
                break;
            }

            if (c != '\\' || _at == _source.Length)
            {
                text.Append(c);
                continue;
            }

            ReadEscape(text, start);
        }

        _tokens.Add(new TemplateToken(TemplateTokenKind.String, text.ToString(), At(start)));
    }

    private void ReadEscape(StringBuilder text, int start)
    {
        char c = _source[_at++];
        switch (c)
        {
            case '\n': break;
            case '\\' or '\'' or '"': text.Append(c); break;
            case 'a': text.Append('\a'); break;
            case 'b': text.Append('\b'); break;
            case 'f': text.Append('\f'); break;
            case 'n': text.Append('\n'); break;
            case 'r': text.Append('\r'); break;
            case 't': text.Append('\t'); break;
            case 'v': text.Append('\v'); break;
            case 'x' or 'u' or 'U':
                int length = c == 'x' ? 2 : c == 'u' ? 4 : 8;
                if (_at + length > _source.Length
                    || !int.TryParse(_source.AsSpan(_at, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) || code is < 0 or > 0x10FFFF)
                {
                    throw Error("This string has an incomplete escape.", At(start));
                }

                text.Append(code > 0xFFFF ? char.ConvertFromUtf32(code) : ((char)code).ToString());
                _at += length;
                break;
            case >= '0' and <= '7':
                int octal = c - '0';
                for (int i = 0; i < 2 && _at < _source.Length && _source[_at] is >= '0' and <= '7'; i++)
                {
                    octal = (octal * 8) + _source[_at++] - '0';
                }

                text.Append((char)octal);
                break;
            default: text.Append('\\').Append(c); break;
        }
    }

    // Places are asked for in order, or nearly.
    private SourcePosition At(int at)
    {
        if (at < _lineCounted)
        {
            (_line, _lineStart, _lineCounted) = (1, 0, 0);
        }

        for (; _lineCounted < at; _lineCounted++)
        {
            if (_source[_lineCounted] == '\n')
            {
                _line++;
                _lineStart = _lineCounted + 1;
            }
        }

        return new SourcePosition(_line, at - _lineStart + 1);
    }

    private static ChatTemplateException Error(string message, SourcePosition position) => new(message, position.Line, position.Column);
}
