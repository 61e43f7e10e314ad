namespace LocalLlm.Chat.Schema;

/// <summary>What schemas together say of arrays.</summary>
internal sealed class ArrayShape
{
    private readonly Conjunction _all;
    private readonly (SchemaNode[] Prefix, SchemaNode? Others)[] _items;

    internal ArrayShape(Conjunction all)
    {
        _all = all;
        Least = all.Least("minItems");
        Most = all.Most("maxItems");
        _items = [.. all.Nodes.Select(ItemsOf)];
        Prefix = _items.Max(items => (int?)items.Prefix.Length) ?? 0;
    }

    internal long Least { get; }

    internal long? Most { get; }

    /// <summary>How many items have schemas of their own; the others are alike.</summary>
    internal int Prefix { get; }

    /// <summary>What an item must keep.</summary>
    internal SchemaNode[] Item(int index) =>
        [.. _items.Select(items => index < items.Prefix.Length ? items.Prefix[index] : items.Others).OfType<SchemaNode>()];

    /// <exception cref="NotSupportedException">The schemas say something of arrays that can't be kept.</exception>
    internal void Check()
    {
        if (_all.With("contains").FirstOrDefault(node => node.Count("minContains") != 0 || node.Has("maxContains")) is { } container)
        {
            throw SchemaErrors.Unsupported(container.PathOf("contains"), "What an array contains can't be kept; give items a schema.");
        }

        if (Most is not <= 1 && _all.Nodes.FirstOrDefault(node => node.IsSet("uniqueItems")) is { } unique)
        {
            throw SchemaErrors.Unsupported(unique.PathOf("uniqueItems"), "That items differ can't be kept.");
        }
    }

    // Before 2020-12 an array of items was what prefixItems is now.
    private static (SchemaNode[] Prefix, SchemaNode? Others) ItemsOf(SchemaNode node) =>
        node.Children("items") is { Length: > 0 } items ? (items, node.Child("additionalItems")) : (node.Children("prefixItems"), node.Child("items"));
}
