using System.Text.Json;

namespace LocalLlm.Chat.Replies;

/// <summary>What the schema of a function's parameters says of one of them: whether it is written as text or as JSON.</summary>
internal static class ParameterSchema
{
    private static readonly string[] ChoiceKeywords = ["anyOf", "oneOf"];
    private static readonly string[] Definitions = ["$defs", "definitions"];
    private static readonly string[] PythonQuotes = ["\"", "'"];

    /// <summary>The schema of a member; null where there is none.</summary>
    internal static JsonElement? Member(JsonElement? schema, string name) =>
        Property(schema, "properties") is { ValueKind: JsonValueKind.Object } properties && properties.TryGetProperty(name, out JsonElement member) ? member : null;

    /// <summary>The parameters of a function.</summary>
    internal static IEnumerable<(string Name, JsonElement Schema, bool IsRequired)> Members(JsonElement schema)
    {
        HashSet<string> required = Property(schema, "required") is { ValueKind: JsonValueKind.Array } names ? [.. names.EnumerateArray().Select(n => n.ToString())] : [];
        return Property(schema, "properties") is { ValueKind: JsonValueKind.Object } members
            ? members.EnumerateObject().Select(m => (m.Name, m.Value, required.Contains(m.Name)))
            : [];
    }

    /// <summary>The schema of a member by itself, with what it may refer to.</summary>
    internal static JsonElement Alone(JsonElement schema, JsonElement member)
    {
        JsonProperty[] referred = schema.ValueKind == JsonValueKind.Object ? [.. schema.EnumerateObject().Where(p => Definitions.Contains(p.Name))] : [];
        if (referred.Length == 0)
        {
            return member;
        }

        string definitions = string.Concat(referred.Select(p => $"{JsonObjectText.Quote(p.Name)}:{p.Value.GetRawText()},"));
        using JsonDocument alone = JsonDocument.Parse($$"""{{{definitions}}"allOf":[{{member.GetRawText()}}]}""");
        return alone.RootElement.Clone();
    }

    /// <summary>The strings that a value may be; none where it may be others, or something else.</summary>
    internal static IReadOnlyList<string> Texts(JsonElement schema)
    {
        JsonElement[] values = Property(schema, "enum") is { ValueKind: JsonValueKind.Array } several ? [.. several.EnumerateArray()] : Property(schema, "const") is { } one ? [one] : [];
        return Array.TrueForAll(values, v => v.ValueKind == JsonValueKind.String) ? [.. values.Select(v => v.GetString()!)] : [];
    }

    /// <summary>Whether a value is a list or an object.</summary>
    internal static bool HasMembers(JsonElement schema) => TypeName(schema) is "object" or "array" || Choices(schema).Any(HasMembers);

    /// <summary>The JSON type of a value; a number for a whole one, and empty where it may be several.</summary>
    internal static string TypeName(JsonElement schema) =>
        Property(schema, "type") is { ValueKind: JsonValueKind.String } type ? (type.ValueEquals("integer") ? "number" : type.GetString()!) : "";

    /// <summary>The schema of the items of a list; null where there is none.</summary>
    internal static JsonElement? Items(JsonElement? schema) => Property(schema, "items");

    /// <summary>Whether a value may be a string; null where the schema does not say.</summary>
    internal static bool? TakesText(JsonElement? schema)
    {
        if (Property(schema, "type") is { } type)
        {
            return type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Any(IsString) : IsString(type);
        }

        if (Property(schema, "enum") is { ValueKind: JsonValueKind.Array } values)
        {
            return values.EnumerateArray().Any(v => v.ValueKind == JsonValueKind.String);
        }

        if (Property(schema, "const") is { } value)
        {
            return value.ValueKind == JsonValueKind.String;
        }

        bool?[] choices = [.. Choices(schema).Select(c => TakesText(c))];
        return choices.Contains(true) ? true : choices.Length > 0 && !choices.Contains(null) ? false : null;
    }

    /// <summary>A value as JSON.</summary>
    /// <param name="text">The value as it is written between tags.</param>
    /// <param name="isText">It is a string; null: unless it is JSON.</param>
    internal static string ToJson(string text, bool? isText)
    {
        string trimmed = text.Trim();
        if (isText == true)
        {
            return JsonObjectText.Quote(text);
        }

        if (JsonObjectText.IsValue(trimmed))
        {
            return trimmed;
        }

        // As Python writes it.
        LiteralText literal = new(trimmed, PythonQuotes, hasEscapes: true);
        string json = literal.ToJson();
        return JsonObjectText.IsValue(json) ? json : isText is null ? JsonObjectText.Quote(text) : trimmed;
    }

    private static bool IsString(JsonElement type) => type.ValueKind == JsonValueKind.String && type.ValueEquals("string");

    private static IEnumerable<JsonElement> Choices(JsonElement? schema) => ChoiceKeywords
        .Select(k => Property(schema, k))
        .Where(c => c is { ValueKind: JsonValueKind.Array })
        .SelectMany(c => c!.Value.EnumerateArray());

    private static JsonElement? Property(JsonElement? schema, string name) =>
        schema is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out JsonElement value) ? value : null;
}
