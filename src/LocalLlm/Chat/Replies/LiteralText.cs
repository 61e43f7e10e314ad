using System.Text;

namespace LocalLlm.Chat.Replies;

/// <summary>Reads values that are written almost as JSON: with other quotes, names without any, or as Python does. What is unfinished or wrong is written as it is.</summary>
internal ref struct LiteralText(ReadOnlySpan<char> text, IReadOnlyList<string> quotes, bool hasEscapes)
{
    private const int Deepest = 128;

    private readonly ReadOnlySpan<char> _text = text;
    private readonly StringBuilder _json = new();
    private int _depth;

    /// <summary>How far it has read.</summary>
    internal int At { get; private set; }

    /// <summary>Reads a name, up to one of some characters.</summary>
    internal string Name(string ends)
    {
        int length = _text[At..].IndexOfAny(ends);
        int end = length < 0 ? _text.Length : At + length;
        string name = _text[At..end].Trim().ToString();
        At = end;
        return name;
    }

    /// <summary>Whether a character comes next, which is taken then.</summary>
    internal bool Takes(char character)
    {
        SkipSpace();
        if (At == _text.Length || _text[At] != character)
        {
            return false;
        }

        At++;
        return true;
    }

    /// <summary>Reads the arguments in the brackets that come next, as a JSON object.</summary>
    internal string Arguments()
    {
        _json.Clear();
        Object(_text[At] == '(' ? ')' : '}');
        return _json.ToString();
    }

    private void Value()
    {
        SkipSpace();
        if (At == _text.Length)
        {
            return;
        }

        foreach (string quote in quotes)
        {
            if (_text[At..].StartsWith(quote, StringComparison.Ordinal))
            {
                String(quote);
                return;
            }
        }

        if (_text[At] is '{' or '[' or '(' && ++_depth <= Deepest)
        {
            if (_text[At] == '{')
            {
                Object('}');
            }
            else
            {
                List(_text[At] == '[' ? ']' : ')');
            }

            _depth--;
            return;
        }

        string word = Word();
        _json.Append(word switch { "True" => "true", "False" => "false", "None" => "null", _ => word });
    }

    private void Object(char close)
    {
        At++;
        _json.Append('{');
        for (bool isFirst = true; ; isFirst = false)
        {
            SkipSpace();
            if (At == _text.Length || End(close))
            {
                return;
            }

            _json.Append(isFirst ? "" : ", ");
            int before = At;
            Key();
            SkipSpace();
            if (At < _text.Length && _text[At] is ':' or '=')
            {
                At++;
                _json.Append(": ");
                Value();
            }

            Takes(',');
            At += At == before ? 1 : 0;
        }
    }

    private void List(char close)
    {
        At++;
        _json.Append('[');
        for (bool isFirst = true; ; isFirst = false)
        {
            SkipSpace();
            if (At == _text.Length || End(close, ']'))
            {
                return;
            }

            _json.Append(isFirst ? "" : ", ");
            int before = At;
            Value();
            Takes(',');
            At += At == before ? 1 : 0;
        }
    }

    private bool End(char close, char json = '}')
    {
        if (_text[At] != close)
        {
            return false;
        }

        At++;
        _json.Append(json);
        return true;
    }

    private void Key()
    {
        foreach (string quote in quotes)
        {
            if (_text[At..].StartsWith(quote, StringComparison.Ordinal))
            {
                String(quote);
                return;
            }
        }

        _json.Append(JsonObjectText.Quote(Name(":=,)}]")));
    }

    private void String(string quote)
    {
        At += quote.Length;
        StringBuilder content = new();
        for (; At < _text.Length; At++)
        {
            if (_text[At..].StartsWith(quote, StringComparison.Ordinal))
            {
                At += quote.Length;
                _json.Append(JsonObjectText.Quote(content.ToString()));
                return;
            }

            if (hasEscapes && _text[At] == '\\' && At + 1 < _text.Length)
            {
                Escape(content);
            }
            else
            {
                content.Append(_text[At]);
            }
        }

        _json.Append(JsonObjectText.Quote(content.ToString()).AsSpan()[..^1]);
    }

    private void Escape(StringBuilder content)
    {
        char kind = _text[++At];
        int digits = kind switch { 'x' => 2, 'u' => 4, _ => 0 };
        if (digits > 0 && At + digits < _text.Length && int.TryParse(_text.Slice(At + 1, digits), System.Globalization.NumberStyles.AllowHexSpecifier, null, out int code))
        {
            At += digits;
            content.Append((char)code);
            return;
        }

        _ = kind switch
        {
            'n' => content.Append('\n'),
            't' => content.Append('\t'),
            'r' => content.Append('\r'),
            'b' => content.Append('\b'),
            'f' => content.Append('\f'),
            '\\' or '"' or '\'' or '/' => content.Append(kind),
            _ => content.Append('\\').Append(kind),
        };
    }

    private string Word()
    {
        int length = _text[At..].IndexOfAny(",)}]");
        int end = length < 0 ? _text.Length : At + length;
        string word = _text[At..end].Trim().ToString();
        At = end;
        return word;
    }

    private void SkipSpace()
    {
        while (At < _text.Length && char.IsWhiteSpace(_text[At]))
        {
            At++;
        }
    }
}
