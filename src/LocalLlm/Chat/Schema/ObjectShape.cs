using System.Text.Json;

namespace LocalLlm.Chat.Schema;

/// <summary>What schemas together say of objects.</summary>
internal sealed class ObjectShape
{
    private readonly Conjunction _all;

    internal ObjectShape(Conjunction all)
    {
        _all = all;
        Least = all.Least("minProperties");
        Most = all.Most("maxProperties");
        Required = [.. all.With("required").SelectMany(node => node.Get("required")!.Value.EnumerateArray()).Select(name => name.GetString()!)];
        Names = [.. all.Nodes.SelectMany(node => node.Map("properties")).Select(member => member.Name).Concat(Required).Distinct()];
    }

    internal long Least { get; }

    internal long? Most { get; }

    internal HashSet<string> Required { get; }

    /// <summary>The properties that are spoken of by name, in the order in which they are written.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <summary>Whether properties of other names are written: where some are declared, only if the schemas speak of others.</summary>
    internal bool IsOpen => _all.With("additionalProperties").Any() || !_all.With("properties").Any();

    /// <summary>What the value of a property of some name must keep.</summary>
    internal SchemaNode[] Member(string name) => [.. _all.Nodes.SelectMany(node => Member(node, name))];

    /// <summary>What the values of properties that no schema names must keep.</summary>
    internal SchemaNode[] Others() => [.. _all.Nodes.Select(node => node.Child("additionalProperties")).OfType<SchemaNode>()];

    private static IEnumerable<SchemaNode> Member(SchemaNode node, string name)
    {
        SchemaNode[] named = [.. node.Map("properties").Where(member => member.Name == name).Select(member => member.Schema)];
        return named.Length > 0 ? named : node.Child("additionalProperties") is { } additional ? [additional] : [];
    }
}
