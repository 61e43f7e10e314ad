using LocalLlm.Chat.Schema;

namespace LocalLlm.Chat.Replies;

/// <summary>A call is a JSON object that names the function and its arguments, or there is a list of such.</summary>
internal sealed record JsonCallSyntax : CallSyntax
{
    private static readonly string[] Names = ["name", "tool_name", "function", "function_name"];
    private static readonly string[] ArgumentNames = ["arguments", "parameters", "args"];
    private static readonly string[] Ids = ["id", "tool_call_id"];

    /// <summary>The member that names the function; empty: the only member's name does, and its value is the arguments.</summary>
    internal string Name { get; init; } = "name";

    /// <summary>The member with the arguments.</summary>
    internal string Arguments { get; init; } = "arguments";

    /// <summary>The member with the call's id; empty: there is none.</summary>
    internal string Id { get; init; } = "";

    /// <summary>The id stands before the other members.</summary>
    internal bool IsIdFirst { get; init; }

    /// <summary>Calls stand in a list.</summary>
    internal bool IsList { get; init; }

    internal override CallReader CreateReader(string start, IReadOnlyList<ReplyFunction> functions) => new Reader(this, start, functions);

    internal override string WriteBehindStart(ReplyGrammarWriter grammar)
    {
        // The bracket is the beginning itself.
        if (Start == "{")
        {
            string bare = grammar.Rules.Define("object", string.Join(" | ", grammar.Options.Functions.Select(f => Members(grammar, f))));
            return grammar.Options.AllowsSeveralCalls ? $"{bare} (\";\"? {grammar.Gap} \"{{\" {bare})*" : bare;
        }

        string one = grammar.Rules.Define("object", $"\"{{\" ({string.Join(" | ", grammar.Options.Functions.Select(f => Members(grammar, f)))})");
        string more = grammar.Options.AllowsSeveralCalls ? $" ({grammar.Gap} \",\" {grammar.Gap} {one})*" : "";
        string body = IsList ? $"\"[\" {grammar.Gap} {one}{more} {grammar.Gap} \"]\"" : one;
        return $"{grammar.Gap} {body} {EndOf(grammar)}";
    }

    private string Members(ReplyGrammarWriter grammar, ReplyFunction function)
    {
        string space = grammar.Gap;
        string name = GrammarWriter.Literal(JsonObjectText.Quote(function.Name));
        string arguments = grammar.Arguments(function);
        string body = Name.Length == 0
            ? $"{name} {space} \":\" {space} {arguments}"
            : $"{Key(Name)} {name} {space} \",\" {space} {Key(Arguments)} {arguments}";
        string id = Id.Length == 0 ? "" : $"{Key(Id)} \"\\\"\" [a-zA-Z0-9]{{1,32}} \"\\\"\"";
        string all = IsIdFirst ? $"({id} {space} \",\" {space})? {body}" : Id.Length == 0 ? body : $"{body} ({space} \",\" {space} {id})?";
        return grammar.Rules.Define("members", $"{space} {all} {space} \"}}\"");

        string Key(string key) => $"{GrammarWriter.Literal($"\"{key}\"")} {space} \":\" {space}";
    }

    private static ReplyCall ToCall(string json, bool isNamedByMember)
    {
        List<(string Name, string Value)> members = JsonObjectText.Members(json);
        if (isNamedByMember && members is [var only, ..])
        {
            return new ReplyCall(only.Name, only.Value);
        }

        string? name = Find(Names) is { } named ? JsonObjectText.String(named) : null;
        string? arguments = Find(ArgumentNames);
        string? id = Find(Ids);
        // Some write the object as a string.
        if (arguments is not null && JsonObjectText.String(arguments) is { } inner && inner.TrimStart().StartsWith('{'))
        {
            arguments = inner;
        }

        bool isWhole = JsonObjectText.IsValue(json);
        return name is not null && (arguments is not null || !isWhole || members.Count <= 2)
            ? new ReplyCall(name, arguments ?? (isWhole ? "{}" : ""), id is null ? null : JsonObjectText.String(id) ?? id)
            : new ReplyCall(name, json);

        string? Find(string[] names) => members.Find(m => names.Contains(m.Name)) is { Value: { } value } ? value : null;
    }

    private sealed class Reader(JsonCallSyntax syntax, string start, IReadOnlyList<ReplyFunction> functions) : CallReader
    {
        private ValueScan _scan = ValueScan.Json;
        private int _begin = -1;

        // Then a call is only what reads as one: text may begin like that too.
        private bool IsBare => start is "{" or "[";

        internal override int Read(ReadOnlySpan<char> text)
        {
            if (_begin < 0 && FindBegin(text) is { } state)
            {
                return state;
            }

            if (IsBare && !MayBeCall(text))
            {
                return NoCall;
            }

            while (_scan.Ends(text, syntax.Ends))
            {
                // More may follow in the same place.
                ReadOnlySpan<char> rest = text[_scan.At..].TrimStart(" \t\r\n,;");
                if (rest.IsEmpty)
                {
                    return Unfinished;
                }

                if (rest[0] != '{')
                {
                    return Calls(text[.._scan.At]).Any() ? _scan.At : NoCall;
                }

                _scan = ValueScan.Json with { At = text.Length - rest.Length };
            }

            return Unfinished;
        }

        internal override IEnumerable<ReplyCall> Calls(ReadOnlySpan<char> text)
        {
            if (_begin < 0)
            {
                return [];
            }

            List<ReplyCall> calls = [.. JsonObjectText.Objects(text[_begin..]).Select(o => ToCall(o, syntax.Name.Length == 0))];
            return IsBare && !calls.TrueForAll(c => functions.Any(f => f.Name == c.Name)) ? [] : calls;
        }

        private int? FindBegin(ReadOnlySpan<char> text)
        {
            int at = IsBare ? 0 : start.Length;
            int space = text[at..].Length - text[at..].TrimStart().Length;
            if (at + space == text.Length)
            {
                return Unfinished;
            }

            if (text[at + space] is not ('{' or '['))
            {
                return NoCall;
            }

            _begin = _scan.At = at + space;
            return null;
        }

        private static bool MayBeCall(ReadOnlySpan<char> text)
        {
            ReadOnlySpan<char> inner = text.TrimStart("[{ \t\r\n");
            if (inner.IsEmpty)
            {
                return true;
            }

            int quote = inner[1..].IndexOf('"');
            return inner[0] == '"' && (quote < 0
                ? inner.Length < 20
                : inner[1..(quote + 1)] is "type" || Names.Contains(inner[1..(quote + 1)].ToString()));
        }
    }
}
