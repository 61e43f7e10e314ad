using LocalLlm.Chat.Schema;
using LocalLlm.Chat.Templating;

namespace LocalLlm.Chat.Replies;

/// <summary>A call is the function's name with its arguments in brackets, written almost as JSON or as Python does.</summary>
internal sealed record LiteralCallSyntax : CallSyntax
{
    private const int LongestName = 256;

    /// <summary>What begins and ends a string.</summary>
    internal required IReadOnlyList<string> Quotes { get; init; }

    /// <summary>As Python: calls stand in a list, the names of arguments before '='. Else one call stands alone, its arguments in braces.</summary>
    internal bool IsPython { get; init; }

    /// <summary>What stands before the name.</summary>
    internal string NameStart { get; init; } = "";

    internal override IEnumerable<string> Markers => [.. base.Markers, .. Quotes.Where(q => q.Length > 1)];

    internal override CallReader CreateReader(string start, IReadOnlyList<ReplyFunction> functions) => new Reader(this, start);

    internal override string WriteBehindStart(ReplyGrammarWriter grammar)
    {
        LiteralValues values = new(grammar, Quotes, IsPython);
        (string open, string close) = IsPython ? ("(", ")") : ("{", "}");
        string one = grammar.Rules.Define("function", string.Join(" | ", grammar.Options.Functions.Select(f =>
            $"{GrammarWriter.Literal($"{NameStart}{f.Name}{open}")} {values.Arguments(f)} \"{close}\"")));
        string more = grammar.Options.AllowsSeveralCalls ? $" (\",\" {grammar.Gap} {one})*" : "";
        return IsPython ? $"{grammar.Gap} \"[\" {one}{more} \"]\" {EndOf(grammar)}" : $"{grammar.Gap} {one} {EndOf(grammar)}";
    }

    internal override void Show(TextBuilder output, IReadOnlyList<ShownCall> calls)
    {
        if (!IsPython)
        {
            base.Show(output, calls);
            return;
        }

        output.Append(Start).Append('[');
        for (int i = 0; i < calls.Count; i++)
        {
            output.Append(i > 0 ? ", " : "");
            ShowBehindStart(output, calls[i]);
        }

        output.Append(']').Append(End);
    }

    private protected override void ShowBehindStart(TextBuilder output, ShownCall call)
    {
        output.Append(NameStart).Append(call.Name).Append(IsPython ? '(' : '{');
        string separator = "";
        foreach ((TemplateValue key, TemplateValue value) in (call.Arguments as DictValue)?.Items ?? [])
        {
            output.Append(separator).Append(key.ToText(null)).Append(IsPython ? '=' : ':');
            Show(output, value);
            separator = IsPython ? ", " : ",";
        }

        output.Append(IsPython ? ')' : '}');
    }

    private void Show(TextBuilder output, TemplateValue value)
    {
        if (value is StringValue text && !IsPython)
        {
            output.Append(Quotes[0]).Append(text).Append(Quotes[0]);
        }
        else if (value is BooleanValue or NoneValue && IsPython)
        {
            value.WriteRepr(output);
        }
        else
        {
            output.Append(ShownCall.Json(value));
        }
    }

    private sealed class Reader(LiteralCallSyntax syntax, string start) : CallReader
    {
        private ValueScan _scan = new(syntax.Quotes, syntax.IsPython);
        private int _begin = -1;

        internal override int Read(ReadOnlySpan<char> text)
        {
            if (_begin < 0)
            {
                ReadOnlySpan<char> head = text[start.Length..];
                int open = head.IndexOf(syntax.IsPython ? '[' : '{');
                if (open < 0)
                {
                    return head.Length > LongestName || (syntax.IsPython && !head.IsWhiteSpace()) ? NoCall : Unfinished;
                }

                ReadOnlySpan<char> name = head[..open].Trim();
                if (syntax.IsPython ? !name.IsEmpty : !name.StartsWith(syntax.NameStart, StringComparison.Ordinal))
                {
                    return NoCall;
                }

                _begin = start.Length;
                _scan.At = start.Length + open;
            }

            return _scan.Ends(text, syntax.Ends) ? _scan.At : Unfinished;
        }

        internal override IEnumerable<ReplyCall> Calls(ReadOnlySpan<char> text)
        {
            if (_begin < 0)
            {
                return [];
            }

            List<ReplyCall> calls = [];
            LiteralText literal = new(text[_begin..], syntax.Quotes, syntax.IsPython);
            bool isList = syntax.IsPython && literal.Takes('[');
            do
            {
                string name = literal.Name("({]");
                name = name.StartsWith(syntax.NameStart, StringComparison.Ordinal) ? name[syntax.NameStart.Length..] : name;
                if (_begin + literal.At == text.Length || text[_begin + literal.At] == ']')
                {
                    if (name.Length > 0)
                    {
                        calls.Add(new ReplyCall(name, ""));
                    }

                    break;
                }

                calls.Add(new ReplyCall(name, literal.Arguments()));
            }
            while (isList && literal.Takes(','));

            return calls;
        }
    }
}
