using System.Text.Json;

namespace LocalLlm.Chat.Schema;

/// <summary>One schema within a document, its keywords checked for their forms.</summary>
internal sealed class SchemaNode
{
    private readonly SchemaDocument _document;
    private readonly JsonElement _value;
    private IReadOnlyList<TextAutomaton>? _texts;

    internal SchemaNode(SchemaDocument document, JsonElement value, string path)
    {
        _document = document;
        _value = value;
        Path = path;
        if (!SchemaKeywords.IsSchema(value))
        {
            throw SchemaErrors.Invalid(path, "A schema is an object, true or false.");
        }

        foreach (JsonProperty keyword in Keywords)
        {
            SchemaKeywords.Check(keyword.Name, keyword.Value, PathOf(keyword.Name));
        }

        Kinds = ReadKinds();
    }

    /// <summary>Where it stands; no other schema of the document has the same.</summary>
    internal string Path { get; }

    /// <summary>The kinds of values that it allows by their type alone.</summary>
    internal JsonKinds Kinds { get; }

    /// <summary>A schema that no value keeps.</summary>
    internal static SchemaNode Never { get; } = new SchemaDocument(JsonElement.Parse("false"), "(never)").Root;

    /// <summary>What its keywords say of strings, but for their lengths: a string must belong to all.</summary>
    internal IReadOnlyList<TextAutomaton> Texts => _texts ??= [.. StringFormats.Of(this), .. Text("pattern") is { } pattern ? [SchemaDocument.Matching(pattern, PathOf("pattern"))] : Array.Empty<TextAutomaton>()];

    private IEnumerable<JsonProperty> Keywords => _value.ValueKind == JsonValueKind.Object ? _value.EnumerateObject() : [];

    internal string PathOf(string keyword) => SchemaPath.Member(Path, keyword);

    internal bool Has(string keyword) => Get(keyword) is not null;

    internal JsonElement? Get(string keyword) =>
        _value.ValueKind == JsonValueKind.Object && _value.TryGetProperty(keyword, out JsonElement value) ? value : null;

    internal bool IsSet(string keyword) => Get(keyword) is { ValueKind: JsonValueKind.True };

    internal long? Count(string keyword) => Get(keyword) is { } value ? (long)Math.Min(value.GetDecimal(), long.MaxValue) : null;

    internal string? Text(string keyword) => Get(keyword)?.GetString();

    /// <summary>The schema that a keyword holds.</summary>
    internal SchemaNode? Child(string keyword) =>
        Get(keyword) is { } value && SchemaKeywords.IsSchema(value) ? _document.NodeAt(value, PathOf(keyword)) : null;

    /// <summary>The schemas that a keyword lists.</summary>
    internal SchemaNode[] Children(string keyword) =>
        Get(keyword) is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select((value, i) => _document.NodeAt(value, SchemaPath.Item(PathOf(keyword), i)))]
            : [];

    /// <summary>The schemas that a keyword names, in their order.</summary>
    internal IEnumerable<(string Name, SchemaNode Schema)> Map(string keyword) =>
        Get(keyword) is { } map
            ? map.EnumerateObject().Select(member => (member.Name, _document.NodeAt(member.Value, SchemaPath.Member(PathOf(keyword), member.Name))))
            : [];

    /// <summary>One of the schemas that a keyword names; null where there is none.</summary>
    internal SchemaNode? Member(string keyword, string name) =>
        Get(keyword) is { } map && map.TryGetProperty(name, out JsonElement value) ? _document.NodeAt(value, SchemaPath.Member(PathOf(keyword), name)) : null;

    /// <summary>The names that a pattern of properties is for.</summary>
    internal TextAutomaton NamesOf(string pattern) => SchemaDocument.Matching(pattern, SchemaPath.Member(PathOf("patternProperties"), pattern));

    /// <summary>The schema that this one refers to.</summary>
    internal SchemaNode? Reference() => Text("$ref") is { } reference ? _document.Resolve(reference, PathOf("$ref")) : null;

    private JsonKinds ReadKinds()
    {
        if (_value.ValueKind == JsonValueKind.False)
        {
            return JsonKinds.None;
        }

        JsonKinds kinds = Get("type") switch
        {
            null => JsonKinds.All,
            { ValueKind: JsonValueKind.String } type => KindOf(type.GetString()!),
            { } types => types.EnumerateArray().Aggregate(JsonKinds.None, (sum, type) => sum | KindOf(type.GetString()!)),
        };
        return IsSet("nullable") ? kinds | JsonKinds.Null : kinds;
    }

    private JsonKinds KindOf(string type) => type switch
    {
        "null" => JsonKinds.Null,
        "boolean" => JsonKinds.Boolean,
        "integer" => JsonKinds.Integer,
        "number" => JsonKinds.Number,
        "string" => JsonKinds.Text,
        "array" => JsonKinds.Array,
        "object" => JsonKinds.Object,
        _ => throw SchemaErrors.Invalid(PathOf("type"), $"There is no type '{type}'."),
    };
}
