using System.Text;
using System.Text.Json;
using LocalLlm.Chat.Templating;

namespace LocalLlm.Chat.Schema;

/// <summary>Given values as rules write them.</summary>
internal static class JsonLiteral
{
    /// <summary>A string as JSON writes it, with no escape that it does not need.</summary>
    internal static string Quote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (char c in text)
        {
            quoted.Append(c is < ' ' or '"' or '\\' ? JsonText.Escape(c) : c.ToString());
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>The body of a rule for one value.</summary>
    internal static string Body(GrammarWriter writer, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => GrammarWriter.Literal(Quote(value.GetString()!)),
        JsonValueKind.Array => Group(writer, '[', ']', value.EnumerateArray().Select(item => Body(writer, item))),
        JsonValueKind.Object => Group(writer, '{', '}', value.EnumerateObject().Select(member => $"{JsonSyntax.Name(member.Name)} {Body(writer, member.Value)}")),
        _ => GrammarWriter.Literal(value.GetRawText()),
    };

    private static string Group(GrammarWriter writer, char open, char close, IEnumerable<string> items)
    {
        string gap = JsonSyntax.Gap(writer);
        string body = string.Join($" {JsonSyntax.Comma(writer)} ", items);
        return body.Length > 0 ? $"\"{open}\" {gap} {body} {gap} \"{close}\"" : $"\"{open}\" {gap} \"{close}\"";
    }
}
