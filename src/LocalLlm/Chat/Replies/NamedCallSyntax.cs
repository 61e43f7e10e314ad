using LocalLlm.Chat.Schema;

namespace LocalLlm.Chat.Replies;

/// <summary>A call is the function's name, and behind it its arguments in JSON.</summary>
internal sealed record NamedCallSyntax : CallSyntax
{
    private const int LongestName = 256;

    /// <summary>What stands between the name and the arguments.</summary>
    internal required string NameEnd { get; init; }

    /// <summary>What stands between the name and the call's id, which comes next; empty: there is none.</summary>
    internal string IdStart { get; init; } = "";

    /// <summary>What stands between the call's id, which comes first, and the name; empty: the name comes first.</summary>
    internal string IdEnd { get; init; } = "";

    /// <summary>The name is written with this before it and a number behind it, and the whole is the call's id; empty: the name is written alone.</summary>
    internal string NumberedPrefix { get; init; } = "";

    internal override IEnumerable<string> Markers => [.. base.Markers, .. new[] { NameEnd.Trim(), IdStart, IdEnd }.Where(m => m.Length > 0)];

    internal override CallReader CreateReader(string start, IReadOnlyList<ReplyFunction> functions) => new Reader(this, start);

    internal override string WriteBehindStart(ReplyGrammarWriter grammar)
    {
        string id = IdEnd.Length > 0 ? $"[a-z0-9]{{10}} {grammar.Marker(IdEnd)} " : "";
        string calls = string.Join(" | ", grammar.Options.Functions.Select(f => $"{id}{Name(f)} {grammar.Marker(NameEnd)} {grammar.Gap} {grammar.Arguments(f)}"));
        return $"({calls}) {EndOf(grammar)}";

        string Name(ReplyFunction function) =>
            NumberedPrefix.Length > 0 ? $"{GrammarWriter.Literal($"{NumberedPrefix}{function.Name}:")} [0-9]{{1,3}}"
            : IdStart.Length > 0 ? $"{GrammarWriter.Literal(function.Name)} {grammar.Marker(IdStart)} [a-zA-Z0-9]{{9}}"
            : GrammarWriter.Literal(function.Name);
    }

    private ReplyCall ToCall(string head, string arguments)
    {
        if (NumberedPrefix.Length > 0)
        {
            string name = head.StartsWith(NumberedPrefix, StringComparison.Ordinal) ? head[NumberedPrefix.Length..] : head;
            int number = name.LastIndexOf(':');
            return new ReplyCall(number < 0 ? name : name[..number], arguments, head);
        }

        int idEnd = IdEnd.Length > 0 ? head.IndexOf(IdEnd, StringComparison.Ordinal) : -1;
        if (idEnd >= 0)
        {
            return new ReplyCall(head[(idEnd + IdEnd.Length)..].Trim(), arguments, head[..idEnd].Trim());
        }

        int id = IdStart.Length > 0 ? head.IndexOf(IdStart, StringComparison.Ordinal) : -1;
        return id < 0 ? new ReplyCall(head, arguments) : new ReplyCall(head[..id].Trim(), arguments, head[(id + IdStart.Length)..].Trim());
    }

    private sealed class Reader(NamedCallSyntax syntax, string start) : CallReader
    {
        private ValueScan _scan = ValueScan.Json;
        private int _nameEnd = -1;
        private int _begin = -1;

        internal override int Read(ReadOnlySpan<char> text)
        {
            if (_nameEnd < 0)
            {
                ReadOnlySpan<char> head = text[start.Length..Math.Min(text.Length, start.Length + LongestName + syntax.NameEnd.Length)];
                int end = head.IndexOf(syntax.NameEnd, StringComparison.Ordinal);
                if (end < 0)
                {
                    return head.Length > LongestName || head.ContainsAny("{(\"'") ? NoCall : Unfinished;
                }

                _nameEnd = start.Length + end;
            }

            if (_begin < 0)
            {
                ReadOnlySpan<char> rest = text[(_nameEnd + syntax.NameEnd.Length)..].TrimStart();
                if (rest.IsEmpty)
                {
                    return Unfinished;
                }

                if (rest[0] is not ('{' or '['))
                {
                    return NoCall;
                }

                _begin = _scan.At = text.Length - rest.Length;
            }

            return _scan.Ends(text, [.. syntax.Ends, syntax.Start]) ? _scan.At : Unfinished;
        }

        internal override IEnumerable<ReplyCall> Calls(ReadOnlySpan<char> text) =>
            _nameEnd < 0 ? [] : [syntax.ToCall(text[start.Length.._nameEnd].Trim().ToString(), _begin < 0 ? "" : text[_begin..].TrimEnd().ToString())];
    }
}
