using System.Text.Json;

namespace LocalLlm.Chat.Schema;

/// <summary>Whether a given value keeps a schema, for the values that schemas list.</summary>
internal static class SchemaCheck
{
    /// <param name="schema">The schema.</param>
    /// <param name="value">The value.</param>
    /// <param name="isExclusive">Under a oneOf it must be valid once; else it may be more often.</param>
    internal static bool IsValid(SchemaNode schema, JsonElement value, bool isExclusive = true)
    {
        SchemaErrors.CheckDepth();
        return (schema.Kinds & KindOf(value)) != 0
            && (schema.Get("const") is not { } constant || JsonElement.DeepEquals(constant, value))
            && (schema.Get("enum") is not { } list || list.EnumerateArray().Any(item => JsonElement.DeepEquals(item, value)))
            && (schema.Reference() is not { } target || IsValid(target, value, isExclusive))
            && schema.Children("allOf").All(Keeps)
            && (!schema.Has("anyOf") || schema.Children("anyOf").Any(Keeps))
            && (!schema.Has("oneOf") || schema.Children("oneOf").Count(Keeps) is var count && (count == 1 || (count > 1 && !isExclusive)))
            && value.ValueKind switch
            {
                JsonValueKind.Number => IsValidNumber(new Conjunction([schema]), value),
                JsonValueKind.String => StringRules.IsValid(schema, value.GetString()!),
                JsonValueKind.Array => IsValidArray(schema, value, isExclusive),
                JsonValueKind.Object => IsValidObject(schema, value, isExclusive),
                _ => true,
            };

        bool Keeps(SchemaNode part) => IsValid(part, value, isExclusive);
    }

    private static JsonKinds KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => JsonKinds.Null,
        JsonValueKind.True or JsonValueKind.False => JsonKinds.Boolean,
        JsonValueKind.Number => ExactDecimal.Of(value) is { IsInteger: true } ? JsonKinds.Integer : JsonKinds.Fraction,
        JsonValueKind.String => JsonKinds.Text,
        JsonValueKind.Array => JsonKinds.Array,
        _ => JsonKinds.Object,
    };

    private static bool IsValidNumber(Conjunction all, JsonElement value)
    {
        if (ExactDecimal.Of(value) is not { } number)
        {
            return false;
        }

        return NumberRange.Of(all).Bounds(number) && all.With("multipleOf").All(node => ExactDecimal.Of(node.Get("multipleOf")!.Value) is { } multiple && number.IsMultipleOf(multiple));
    }

    private static bool IsValidArray(SchemaNode schema, JsonElement value, bool isExclusive)
    {
        ArrayShape shape = new(new Conjunction([schema]));
        JsonElement[] items = [.. value.EnumerateArray()];
        return items.Length >= shape.Least
            && !(items.Length > shape.Most)
            && items.Select((item, i) => shape.Item(i).All(node => IsValid(node, item, isExclusive))).All(isValid => isValid)
            && (!schema.IsSet("uniqueItems") || !items.Where((item, i) => items.Take(i).Any(other => JsonElement.DeepEquals(item, other))).Any())
            && (schema.Child("contains") is not { } contained || Contains(items.Count(item => IsValid(contained, item, isExclusive))));

        bool Contains(int count) => count >= (schema.Count("minContains") ?? 1) && !(count > schema.Count("maxContains"));
    }

    private static bool IsValidObject(SchemaNode schema, JsonElement value, bool isExclusive)
    {
        ObjectShape shape = new(new Conjunction([schema]));
        Dictionary<string, JsonElement> members = [];
        foreach (JsonProperty member in value.EnumerateObject())
        {
            members[member.Name] = member.Value;
        }

        return members.Count >= shape.Least
            && !(members.Count > shape.Most)
            && shape.Required.All(members.ContainsKey)
            && members.All(member => shape.Member(member.Key).All(node => IsValid(node, member.Value, isExclusive)));
    }
}
