using System.Text.Json;

namespace LocalLlm.Chat.Schema;

/// <summary>The alternatives of a oneOf: a value must be valid under one and no other.</summary>
internal static class ExclusiveAlternatives
{
    /// <summary>What must be added to an alternative so that none of its values is valid under another: nothing, or that an object has no other properties than it declares.</summary>
    /// <exception cref="NotSupportedException">Some value may be valid under two of them.</exception>
    internal static IEnumerable<SchemaNode> Limit(IReadOnlyCollection<SchemaNode> common, SchemaNode branch, SchemaNode[] branches)
    {
        SchemaNode[] others = [.. branches.Where(other => other != branch)];
        IReadOnlyList<Conjunction> alternatives = SchemaExpansion.Of([branch], isExclusive: false, common);

        // Values that are listed are checked one by one.
        if (alternatives.All(all => all.Values() is not null))
        {
            return [];
        }

        SchemaNode[] near = [.. others.Where(other => !Emptiness.IsEmpty([branch, other], common))];
        if (near.Length == 0)
        {
            return [];
        }

        SchemaNode? closed = Close(alternatives, branch);
        return near.FirstOrDefault(other => closed is null || !Emptiness.IsEmpty([branch, closed, other], common)) is { } overlapping
            ? throw SchemaErrors.Unsupported(overlapping.Path, $"A value may be valid here and under {branch.Path} too, which oneOf forbids. Give each a required property with a const of its own, or use anyOf.")
            : [closed!];
    }

    private static SchemaNode? Close(IEnumerable<Conjunction> alternatives, SchemaNode branch)
    {
        string[] names = [.. alternatives.SelectMany(all => new ObjectShape(all).Names).Distinct()];
        if (names.Length == 0)
        {
            return null;
        }

        string schema = $$"""{ "propertyNames": { "enum": [{{string.Join(',', names.Select(JsonLiteral.Quote))}}] } }""";
        return new SchemaDocument(JsonElement.Parse(schema), $"{branch.Path} (closed)").Root;
    }
}
