using LocalLlm.Chat.Schema;

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
