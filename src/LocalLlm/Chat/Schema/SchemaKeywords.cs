using System.Collections.Frozen;
using System.Text.Json;

namespace LocalLlm.Chat.Schema;

/// <summary>The keywords of JSON Schema: what form each has, which are kept and which only say something to people.</summary>
internal static class SchemaKeywords
{
    private static readonly FrozenDictionary<string, Form> Forms = new Dictionary<string, Form>(StringComparer.Ordinal)
    {
        ["type"] = Form.Type,
        ["nullable"] = Form.Flag,
        ["enum"] = Form.Values,
        ["const"] = Form.Any,
        ["anyOf"] = Form.Schemas,
        ["oneOf"] = Form.Schemas,
        ["allOf"] = Form.Schemas,
        ["$ref"] = Form.Text,
        ["$defs"] = Form.SchemaMap,
        ["definitions"] = Form.SchemaMap,
        ["properties"] = Form.SchemaMap,
        ["patternProperties"] = Form.SchemaMap,
        ["additionalProperties"] = Form.Schema,
        ["propertyNames"] = Form.Schema,
        ["required"] = Form.Names,
        ["minProperties"] = Form.Count,
        ["maxProperties"] = Form.Count,
        ["items"] = Form.SchemaOrSchemas,
        ["prefixItems"] = Form.Schemas,
        ["additionalItems"] = Form.Schema,
        ["minItems"] = Form.Count,
        ["maxItems"] = Form.Count,
        ["uniqueItems"] = Form.Flag,
        ["contains"] = Form.Schema,
        ["minContains"] = Form.Count,
        ["maxContains"] = Form.Count,
        ["minimum"] = Form.Number,
        ["maximum"] = Form.Number,
        ["exclusiveMinimum"] = Form.NumberOrFlag,
        ["exclusiveMaximum"] = Form.NumberOrFlag,
        ["multipleOf"] = Form.Number,
        ["minLength"] = Form.Count,
        ["maxLength"] = Form.Count,
        ["pattern"] = Form.Text,
        ["format"] = Form.Text,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Annotations = FrozenSet.Create(
        StringComparer.Ordinal,
        "title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "$schema", "$id", "id", "$comment", "$anchor", "$vocabulary",
        "contentEncoding", "contentMediaType", "contentSchema", "discriminator", "externalDocs", "xml", "strict");

    private enum Form
    {
        Any,
        Count,
        Flag,
        Names,
        Number,
        NumberOrFlag,
        Schema,
        SchemaMap,
        SchemaOrSchemas,
        Schemas,
        Text,
        Type,
        Values,
    }

    /// <summary>Checks a keyword's value; what is within other schemas is left to them.</summary>
    /// <exception cref="ArgumentException">It has the wrong form.</exception>
    /// <exception cref="NotSupportedException">The keyword is none of those that are kept.</exception>
    internal static void Check(string keyword, JsonElement value, string path)
    {
        if (Annotations.Contains(keyword) || keyword.StartsWith("x-", StringComparison.Ordinal))
        {
            return;
        }

        if (!Forms.TryGetValue(keyword, out Form form))
        {
            throw SchemaErrors.Unsupported(path, "The keyword is not supported.");
        }

        string? expected = form switch
        {
            Form.Count => IsCount(value) ? null : "a whole number of at least 0",
            Form.Flag => IsFlag(value) ? null : "true or false",
            Form.Names => IsListOf(value, JsonValueKind.String) ? null : "an array of names",
            Form.Number => value.ValueKind == JsonValueKind.Number ? null : "a number",
            Form.NumberOrFlag => value.ValueKind == JsonValueKind.Number || IsFlag(value) ? null : "a number",
            Form.Schema => IsSchema(value) ? null : "a schema",
            Form.SchemaMap => value.ValueKind == JsonValueKind.Object ? null : "an object of schemas",
            Form.SchemaOrSchemas => IsSchema(value) || IsListOf(value, JsonValueKind.Object, JsonValueKind.True, JsonValueKind.False) ? null : "a schema",
            Form.Schemas => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 ? null : "an array of schemas",
            Form.Text => value.ValueKind == JsonValueKind.String ? null : "a string",
            Form.Type => value.ValueKind == JsonValueKind.String || IsListOf(value, JsonValueKind.String) ? null : "the name of a type or an array of them",
            Form.Values => value.ValueKind == JsonValueKind.Array ? null : "an array of values",
            _ => null,
        };
        if (expected is not null)
        {
            throw SchemaErrors.Invalid(path, $"The keyword takes {expected}.");
        }
    }

    internal static bool IsSchema(JsonElement value) => value.ValueKind == JsonValueKind.Object || IsFlag(value);

    private static bool IsFlag(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False;

    private static bool IsCount(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out decimal count) && count >= 0 && count == decimal.Truncate(count);

    private static bool IsListOf(JsonElement value, params ReadOnlySpan<JsonValueKind> kinds)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        foreach (JsonElement item in value.EnumerateArray())
        {
            if (!kinds.Contains(item.ValueKind))
            {
                return false;
            }
        }

        return true;
    }
}
