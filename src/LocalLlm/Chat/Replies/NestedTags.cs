using System.Text;
using System.Text.Json;

namespace LocalLlm.Chat.Replies;

/// <summary>Turns values that are written as tags in tags into JSON: tags named "item" are a list, others an object.</summary>
internal static class NestedTags
{
    private const string Item = "item";
    private const int Deepest = 64;

    internal static string ToJson(TaggedCallSyntax syntax, string text, JsonElement? schema, int depth = 0)
    {
        List<(string Name, string Value)> tags = depth < Deepest ? Tags(syntax, text) : [];
        if (tags.Count == 0)
        {
            return ParameterSchema.ToJson(text, ParameterSchema.TakesText(schema));
        }

        bool isList = tags.TrueForAll(t => t.Name == Item);
        StringBuilder json = new(isList ? "[" : "{");
        foreach ((string name, string value) in tags)
        {
            json.Append(json.Length > 1 ? ", " : "");
            if (!isList)
            {
                json.Append(JsonObjectText.Quote(name)).Append(": ");
            }

            json.Append(ToJson(syntax, value, isList ? ParameterSchema.Items(schema) : ParameterSchema.Member(schema, name), depth + 1));
        }

        return json.Append(isList ? ']' : '}').ToString();
    }

    private static List<(string Name, string Value)> Tags(TaggedCallSyntax syntax, string text)
    {
        List<(string, string)> tags = [];
        for (int at = text.IndexOf(syntax.ParameterStart, StringComparison.Ordinal); at >= 0;)
        {
            int name = at + syntax.ParameterStart.Length;
            int nameEnd = text.IndexOf(syntax.KeyEnd, name, StringComparison.Ordinal);
            if (nameEnd < 0)
            {
                break;
            }

            string key = text[name..nameEnd];
            int value = nameEnd + syntax.KeyEnd.Length;
            int end = text.IndexOf(syntax.EndOf(key), value, StringComparison.Ordinal);
            if (end < 0)
            {
                break;
            }

            tags.Add((key, text[value..end]));
            at = text.IndexOf(syntax.ParameterStart, end + syntax.EndOf(key).Length, StringComparison.Ordinal);
        }

        return tags;
    }
}
