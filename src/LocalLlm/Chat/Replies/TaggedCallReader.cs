using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LocalLlm.Chat.Replies;

/// <summary>Reads a call in tags. Each place is looked at once.</summary>
internal sealed class TaggedCallReader(TaggedCallSyntax syntax, string start, IReadOnlyList<ReplyFunction> functions) : CallReader
{
    private const int LongestName = 256;
    private const string CDataStart = "<![CDATA[";
    private const string CDataEnd = "]]>";

    private static readonly SearchValues<char> NoPartOfName = SearchValues.Create("{}[]()\"'`");
    private static readonly SearchValues<char> NoName = SearchValues.Create(" \t\r\n<>{}[]()\"'`");

    private readonly StringBuilder _arguments = new("{");
    private Phase _phase;
    private int _from = start.Length;
    private int _at = start.Length;
    private int _valueEnd = -1;
    private int _bodyStart = -1;
    private int _bodyEnd = -1;
    private bool _isRaw;
    private string _name = "";
    private string _key = "";
    private string _attributes = "";
    private JsonElement? _schema;

    private enum Phase
    {
        Name,
        Head,
        Body,
        Key,
        Attributes,
        Value,
        End,
    }

    internal override int Read(ReadOnlySpan<char> text)
    {
        while (true)
        {
            bool? goesOn = _phase switch
            {
                Phase.Name => ReadName(text),
                Phase.Head => Skip(text, syntax.HeadEnd, Phase.Body),
                Phase.Body => ReadBody(text),
                Phase.Key => ReadKey(text),
                Phase.Attributes => ReadAttributes(text),
                _ => ReadValue(text),
            };
            if (goesOn != true)
            {
                return goesOn is null ? NoCall : Unfinished;
            }

            if (_phase == Phase.End)
            {
                return _at;
            }
        }
    }

    internal override IEnumerable<ReplyCall> Calls(ReadOnlySpan<char> text)
    {
        if (_phase == Phase.Name)
        {
            string name = text[_from..].Trim().ToString();
            return IsName(name) && functions.Any(f => f.Name == name) ? [new ReplyCall(name, "")] : [];
        }

        if (_isRaw)
        {
            return [new ReplyCall(_name, text[_bodyStart..(_bodyEnd < 0 ? text.Length : _bodyEnd)].Trim().ToString())];
        }

        if (_phase == Phase.Value)
        {
            AddArgument(text[_from..(_valueEnd < 0 ? text.Length : _valueEnd)].ToString(), isWhole: _valueEnd >= 0);
        }

        return [new ReplyCall(_name, _phase == Phase.End ? $"{_arguments}}}" : _arguments.ToString())];
    }

    private static bool IsName(string name) => name.Length is > 0 and <= LongestName && !name.AsSpan().ContainsAny(NoName);

    private bool? ReadName(ReadOnlySpan<char> text)
    {
        int end;
        if (syntax.NameEnd.Length > 0)
        {
            end = Find(text, syntax.NameEnd);
        }
        else
        {
            end = _at + syntax.Followers.Find(text[_at..], isEnd: false, out string? follower);
            end = follower is null ? -1 : end;
        }

        if (end < 0)
        {
            return MayBeName(text[_from..].TrimStart()) ? false : null;
        }

        _name = text[_from..end].Trim().ToString();
        if (!IsName(_name))
        {
            return null;
        }

        _schema = functions.FirstOrDefault(f => f.Name == _name)?.Parameters;
        return Go(end + syntax.NameEnd.Length, syntax.HeadEnd.Length > 0 ? Phase.Head : Phase.Body);
    }

    // Behind white space only what may follow the name.
    private bool MayBeName(ReadOnlySpan<char> head)
    {
        int space = head.IndexOfAny(" \t\r\n");
        ReadOnlySpan<char> name = space < 0 ? head : head[..space];
        ReadOnlySpan<char> rest = space < 0 ? [] : head[space..].TrimStart();
        return name.Length <= LongestName
            && !name.ContainsAny(NoPartOfName)
            && (rest.IsEmpty || (syntax.NameEnd.Length == 0 && syntax.Followers.Find(rest, isEnd: false, out _) == 0));
    }

    private bool? ReadBody(ReadOnlySpan<char> text)
    {
        int before = syntax.Followers.Find(text[_at..], isEnd: false, out string? follower);
        if (_bodyStart < 0)
        {
            _bodyStart = _at;
        }

        if (!_isRaw && _arguments.Length == 1 && !text[_at..(_at + before)].IsWhiteSpace())
        {
            // No tags, but something else: the call of a function that there is, or no call.
            if (_schema is null)
            {
                return null;
            }

            _isRaw = true;
        }

        _at += before;
        if (follower is null)
        {
            return false;
        }

        if (follower == syntax.ParameterStart && !_isRaw)
        {
            return Go(_at + follower.Length, Phase.Key);
        }

        if (follower == syntax.ParameterStart)
        {
            _at += follower.Length;
            return true;
        }

        // A missing end is forgiven; what stands behind the calls is left to the parser.
        _bodyEnd = _at;
        return Go(follower == syntax.End ? _at + follower.Length : _at, Phase.End);
    }

    private bool? ReadKey(ReadOnlySpan<char> text)
    {
        int end = Find(text, syntax.KeyEnd);
        if (end < 0)
        {
            return false;
        }

        _key = text[_from..end].Trim().ToString();
        _attributes = "";
        return Go(end + syntax.KeyEnd.Length, syntax.ValueStart.Length > 0 ? Phase.Attributes : Phase.Value);
    }

    private bool? ReadAttributes(ReadOnlySpan<char> text)
    {
        int end = Find(text, syntax.ValueStart);
        if (end < 0)
        {
            return false;
        }

        _attributes = text[_from..end].ToString();
        return Go(end + syntax.ValueStart.Length, Phase.Value);
    }

    // The end may be a part of the value: it counts where another tag of the call follows.
    private bool? ReadValue(ReadOnlySpan<char> text)
    {
        string mark = syntax.EndOf(_key);
        while ((_valueEnd = Find(text, mark)) >= 0)
        {
            ReadOnlySpan<char> rest = text[(_valueEnd + mark.Length)..];
            int space = rest.Length - rest.TrimStart().Length;
            int next = syntax.Followers.Find(rest[space..], isEnd: false, out string? follower);
            if (next == 0 && follower is null)
            {
                _at = _valueEnd;
                return false;
            }

            if (next == 0)
            {
                AddArgument(text[_from.._valueEnd].ToString(), isWhole: true);
                return Go(_valueEnd + mark.Length, Phase.Body);
            }

            _at = _valueEnd + 1;
        }

        return false;
    }

    private bool Go(int at, Phase phase)
    {
        _from = _at = at;
        _valueEnd = -1;
        _phase = phase;
        return true;
    }

    private bool? Skip(ReadOnlySpan<char> text, string mark, Phase phase)
    {
        int end = Find(text, mark);
        return end >= 0 && Go(end + mark.Length, phase);
    }

    private int Find(ReadOnlySpan<char> text, string mark)
    {
        int found = text[_at..].IndexOf(mark, StringComparison.Ordinal);
        int at = found < 0 ? -1 : _at + found;
        _at = found < 0 ? Math.Max(_at, text.Length - mark.Length + 1) : at;
        return at;
    }

    private void AddArgument(string text, bool isWhole)
    {
        if (syntax.HasLines)
        {
            text = text.StartsWith('\n') ? text[1..] : text;
            text = isWhole && text.EndsWith('\n') ? text[..^1] : text;
        }

        if (syntax.HasCData && text.StartsWith(CDataStart, StringComparison.Ordinal))
        {
            text = text[CDataStart.Length..];
            text = text.EndsWith(CDataEnd, StringComparison.Ordinal) ? text[..^CDataEnd.Length] : text;
        }

        JsonElement? schema = ParameterSchema.Member(_schema, _key);
        bool? isText = IsText() ?? ParameterSchema.TakesText(schema);
        string json = isText != true && syntax.IsNested && text.Contains(syntax.ParameterStart, StringComparison.Ordinal)
            ? NestedTags.ToJson(syntax, text, schema)
            : isWhole ? ParameterSchema.ToJson(text, isText)
            : isText == true ? JsonObjectText.Quote(text)[..^1] : text.TrimStart();
        _arguments.Append(_arguments.Length > 1 ? ", " : "").Append(JsonObjectText.Quote(_key)).Append(": ").Append(json);
    }

    // What the model says itself.
    private bool? IsText() => _attributes.Trim().Length == 0 || syntax.TextAttribute.Length == 0 ? null : _attributes.Contains(syntax.TextAttribute.Trim(), StringComparison.Ordinal);
}
