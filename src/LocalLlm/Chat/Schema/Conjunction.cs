using System.Text.Json;

namespace LocalLlm.Chat.Schema;

/// <summary>Schemas that a value must keep all of, with none of their unions and references left open.</summary>
internal sealed class Conjunction
{
    private readonly bool _isExclusive;

    /// <param name="nodes">The schemas.</param>
    /// <param name="isExclusive">Under a oneOf a value must be valid once; else it may be more often.</param>
    internal Conjunction(IEnumerable<SchemaNode> nodes, bool isExclusive = true)
    {
        _isExclusive = isExclusive;
        Nodes = [.. nodes];
        Kinds = Nodes.Aggregate(JsonKinds.All, (kinds, node) => kinds & node.Kinds);
    }

    internal IReadOnlyList<SchemaNode> Nodes { get; }

    /// <summary>The kinds of values that all allow.</summary>
    internal JsonKinds Kinds { get; }

    /// <summary>The only values that are valid, where some schema lists its values; null where none does.</summary>
    internal JsonElement[]? Values()
    {
        if (Nodes.FirstOrDefault(node => node.Has("const")) is { } single)
        {
            return Keep([single.Get("const")!.Value]);
        }

        return Nodes.FirstOrDefault(node => node.Has("enum")) is { } list ? Keep(list.Get("enum")!.Value.EnumerateArray()) : null;
    }

    internal IEnumerable<SchemaNode> With(string keyword) => Nodes.Where(node => node.Has(keyword));

    /// <summary>The greatest of the least counts.</summary>
    internal long Least(string keyword) => With(keyword).Max(node => node.Count(keyword)) ?? 0;

    /// <summary>The least of the greatest counts; null: no limit.</summary>
    internal long? Most(string keyword) => With(keyword).Min(node => node.Count(keyword));

    private JsonElement[] Keep(IEnumerable<JsonElement> values) => [.. values.Where(value => Nodes.All(node => SchemaCheck.IsValid(node, value, _isExclusive)))];
}
