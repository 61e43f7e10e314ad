using System.Text.Json;
using LocalLlm.Chat.Schema;

namespace LocalLlm.Chat.Replies;

/// <summary>
/// Writes the rules of arguments that are written almost as JSON or as Python does. What stands in lists and objects is free. The
/// rules are not JSON's, which the same grammar may have for the answer.
/// </summary>
internal sealed class LiteralValues(ReplyGrammarWriter grammar, IReadOnlyList<string> quotes, bool isPython)
{
    private string Text => grammar.Rules.Once("literal string", _ => string.Join(" | ", quotes.Select(q => isPython
        ? $"{GrammarWriter.Literal(q)} ([^\\\\{(q == "\"" ? "\\\"" : q)}\\n] | \"\\\\\" .)* {GrammarWriter.Literal(q)}"
        : $"{grammar.Marker(q)} {TextUntil.Write(grammar, "text", [(q, "")], mayEnd: false)}")));

    private string Boolean => grammar.Rules.Once("literal boolean", static _ => "\"True\" | \"False\" | \"true\" | \"false\"");

    private string Number => grammar.Rules.Once("literal number", static _ => "\"-\"? [0-9]{1,20} (\".\" [0-9]{1,20})? ([eE] [+\\-]? [0-9]{1,3})?");

    private string Value => grammar.Rules.Once("literal value", rule =>
    {
        string name = isPython ? Text : grammar.Rules.Define("key", "[a-zA-Z0-9_$.\\-]{1,64}");
        string more = $"(\",\" {grammar.Gap} ";
        return $"{Text} | {Number} | {Boolean} | \"None\" | \"null\""
            + $" | \"[\" {grammar.Gap} ({rule} {grammar.Gap} {more}{rule} {grammar.Gap})*)? \"]\""
            + $" | \"{{\" {grammar.Gap} ({name} {grammar.Gap} \":\" {grammar.Gap} {rule} {grammar.Gap} {more}{name} {grammar.Gap} \":\" {grammar.Gap} {rule} {grammar.Gap})*)? \"}}\"";
    });

    internal string Arguments(ReplyFunction function) => ParameterOrder.Write(
        grammar,
        $"{function.Name} arguments",
        $"\",\" {grammar.Gap}",
        [.. ParameterSchema.Members(function.Parameters).Select(p => (Argument(function, p.Name, p.Schema), p.IsRequired))]);

    private string Argument(ReplyFunction function, string name, JsonElement schema)
    {
        string value = ParameterSchema.Texts(schema) is { Count: > 0 } texts ? $"({string.Join(" | ", texts.Select(Quoted))})" : ParameterSchema.TypeName(schema) switch
        {
            "string" => Text,
            "boolean" => Boolean,
            "number" => Number,
            "null" => "(\"None\" | \"null\")",
            _ => Value,
        };
        return grammar.Rules.Define($"{function.Name} {name}", $"{GrammarWriter.Literal(name + (isPython ? "=" : ":"))} {value}");
    }

    private string Quoted(string text) => isPython ? GrammarWriter.Literal(JsonObjectText.Quote(text)) : $"{grammar.Marker(quotes[0])} {GrammarWriter.Literal(text)} {grammar.Marker(quotes[0])}";
}
