using System.Text.Json;
using LocalLlm.Chat.Schema;
using LocalLlm.Chat.Templating;

namespace LocalLlm.Chat.Replies;

/// <summary>A call is a tag that names the function, with a tag for each argument in it.</summary>
internal sealed record TaggedCallSyntax : CallSyntax
{
    /// <summary>What stands behind the function's name; empty: an argument or the call's end does.</summary>
    internal required string NameEnd { get; init; }

    /// <summary>What ends the tag that names the function, behind attributes; empty: <see cref="NameEnd"/> does.</summary>
    internal string HeadEnd { get; init; } = "";

    /// <summary>What begins an argument; its name follows.</summary>
    internal required string ParameterStart { get; init; }

    /// <summary>What stands behind an argument's name.</summary>
    internal required string KeyEnd { get; init; }

    /// <summary>What stands before an argument's value, behind attributes; empty: <see cref="KeyEnd"/> does.</summary>
    internal string ValueStart { get; init; } = "";

    /// <summary>What stands behind an argument's value; <c>{0}</c> in it is the argument's name.</summary>
    internal required string ParameterEnd { get; init; }

    /// <summary>A value stands on lines of its own.</summary>
    internal bool HasLines { get; init; }

    /// <summary>What stands behind the name of an argument that is a string; it is read too, where it is not "".</summary>
    internal string TextAttribute { get; init; } = "";

    /// <summary>What stands behind the name of any other argument; <c>{0}</c> in it is the JSON type.</summary>
    internal string JsonAttribute { get; init; } = "";

    /// <summary>The tag that names the function has the call's number, in this attribute.</summary>
    internal string NumberAttribute { get; init; } = "";

    /// <summary>A value may be put into a section of its own, as in XML.</summary>
    internal bool HasCData { get; init; }

    /// <summary>Lists and objects are written as tags too.</summary>
    internal bool IsNested { get; init; }

    internal override IEnumerable<string> Markers =>
        [.. base.Markers, .. new[] { NameEnd, HeadEnd, ParameterStart, KeyEnd, ValueStart, IsNested ? "" : ParameterEnd }.Where(m => m.Length > 2)];

    /// <summary>What may follow an argument.</summary>
    internal MarkerSet Followers => field ??= new MarkerSet([ParameterStart, .. Ends]);

    internal override CallReader CreateReader(string start, IReadOnlyList<ReplyFunction> functions) => new TaggedCallReader(this, start, functions);

    /// <summary>What stands behind the value of an argument.</summary>
    internal string EndOf(string key) => ParameterEnd.Replace("{0}", key, StringComparison.Ordinal);

    internal override string WriteBehindStart(ReplyGrammarWriter grammar) =>
        $"({string.Join(" | ", grammar.Options.Functions.Select(f => Function(grammar, f)))}) {EndOf(grammar)}";

    private protected override void ShowBehindStart(TextBuilder output, ShownCall call)
    {
        output.Append(call.Name).Append(NameEnd).Append(NumberAttribute.Length > 0 ? $"{NumberAttribute}\"1\"" : "").Append(HeadEnd);
        string line = HasLines ? "\n" : "";
        foreach ((TemplateValue key, TemplateValue value) in (call.Arguments as DictValue)?.Items ?? [])
        {
            string attribute = value is StringValue ? TextAttribute : JsonAttribute.Replace("{0}", TypeName(value), StringComparison.Ordinal);
            output.Append(line).Append(ParameterStart).Append(key.ToText(null)).Append(KeyEnd).Append(attribute).Append(ValueStart)
                .Append(line).Append(value as StringValue ?? ShownCall.Json(value)).Append(line).Append(EndOf(key.ToText(null).Text));
        }

        output.Append(line);
    }

    private static string TypeName(TemplateValue value) => value switch
    {
        BooleanValue => "boolean",
        NumberValue => "number",
        NoneValue => "null",
        SequenceValue => "array",
        _ => "object",
    };

    private string Function(ReplyGrammarWriter grammar, ReplyFunction function)
    {
        string number = NumberAttribute.Length > 0 ? $"{GrammarWriter.Literal($"{NumberAttribute}\"")} [0-9]{{1,3}} \"\\\"\" " : "";
        string head = $"{GrammarWriter.Literal(function.Name)} {grammar.Marker(NameEnd)} {number}{grammar.Marker(HeadEnd)}";
        string parameters = ParameterOrder.Write(grammar, $"{function.Name} arguments", grammar.Gap, [.. ParameterSchema.Members(function.Parameters).Select(p => (Parameter(grammar, function, p.Name, p.Schema), p.IsRequired))]);
        return $"{head} {grammar.Gap} {parameters}";
    }

    private string Parameter(ReplyGrammarWriter grammar, ReplyFunction function, string name, JsonElement schema)
    {
        bool isText = (ParameterSchema.TakesText(schema) ?? true) || (IsNested && ParameterSchema.HasMembers(schema));
        string attribute = isText ? TextAttribute : JsonAttribute.Replace("{0}", ParameterSchema.TypeName(schema), StringComparison.Ordinal);
        string line = HasLines ? "\n" : "";
        string end = line + EndOf(name);
        string start = $"{grammar.Marker(ParameterStart + name + KeyEnd)} {(ValueStart.Length == 0 ? "" : $"{(attribute.Length > 0 ? GrammarWriter.Literal(attribute) : grammar.Gap)} {grammar.Marker(ValueStart)}")}";
        string opened = HasLines ? $"{start} \"\\n\"" : start;
        string value = ParameterSchema.Texts(schema) is { Count: > 0 } texts ? $"({string.Join(" | ", texts.Select(GrammarWriter.Literal))}) {grammar.Marker(end)}"
            : isText ? grammar.Rules.Once($"text {end}", _ => Text(grammar, end))
            : $"{JsonGrammar.Write(grammar.Rules, ParameterSchema.Alone(function.Parameters, schema))} {grammar.Gap} {grammar.Marker(EndOf(name))}";
        return grammar.Rules.Define($"{function.Name} {name}", $"{opened} {value}");
    }

    private string Text(ReplyGrammarWriter grammar, string end)
    {
        IEnumerable<(string, string?)> tags = grammar.TokensIn([ParameterStart, ParameterEnd]).Select(t => (t, (string?)null));
        string text = TextUntil.Write(grammar, "text", [(end, ""), .. IsNested ? tags : []], mayEnd: false);
        return HasCData ? $"({text} | \"<![CDATA[\" {TextUntil.Write(grammar, "text", [($"]]>{end}", ""), .. tags], mayEnd: false)})" : text;
    }
}
