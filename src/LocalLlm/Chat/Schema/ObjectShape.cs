using System.Text.Json;

namespace LocalLlm.Chat.Schema;

/// <summary>What schemas together say of objects.</summary>
internal sealed class ObjectShape
{
    private const int MaxPatterns = 6;

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

    // Where some properties are declared, others are written only if the schemas speak of them.
    private bool IsOpen => _all.With("additionalProperties").Any() || !_all.With("properties").Any();

    /// <summary>What the value of a property of some name must keep.</summary>
    internal SchemaNode[] Member(string name) => [.. _all.Nodes.SelectMany(node => Member(node, name))];

    /// <summary>The properties that are not spoken of by name, by what their values must keep; no set of names: any.</summary>
    /// <exception cref="NotSupportedException">There are too many patterns of names, or one can't be kept.</exception>
    internal IEnumerable<(TextAutomaton? Names, SchemaNode[] Schemas)> Others()
    {
        string[] patterns = [.. _all.Nodes.SelectMany(node => node.Map("patternProperties")).Select(member => member.Name).Distinct()];
        string path = _all.With("patternProperties").FirstOrDefault()?.PathOf("patternProperties") ?? "$";
        if (patterns.Length > MaxPatterns)
        {
            throw SchemaErrors.Unsupported(path, $"More than {MaxPatterns} patterns of names can't be kept.");
        }

        TextAutomaton[] matches = [.. patterns.Select(pattern => SchemaNode.Matching(pattern, SchemaPath.Member(path, pattern)))];
        TextAutomaton? names = OtherNames(path);
        for (int chosen = IsOpen ? 0 : 1; chosen < 1 << patterns.Length; chosen++)
        {
            HashSet<string> matched = [.. patterns.Where((_, i) => (chosen >> i & 1) != 0)];
            SchemaNode[] schemas = [.. _all.Nodes.SelectMany(node => Unnamed(node, matched))];
            TextAutomaton? of = matches
                .Select((match, i) => (chosen >> i & 1) != 0 ? match : match.Complement())
                .Aggregate(names, (some, match) => some?.Intersect(match, path) ?? match);
            if (of is not { IsEmpty: true } && schemas.All(schema => schema.Kinds != JsonKinds.None))
            {
                yield return (of, schemas);
            }
        }
    }

    private TextAutomaton? OtherNames(string path)
    {
        SchemaNode[] ruled = [.. _all.Nodes.Select(node => node.Child("propertyNames")).OfType<SchemaNode>()];
        TextAutomaton? valid = ruled.Length > 0 ? StringLanguage.OfNames(ruled) : null;
        if (Names.Count == 0)
        {
            return valid;
        }

        TextAutomaton others = StringLanguage.Of(Names).Complement();
        return valid?.Intersect(others, path) ?? others;
    }

    private static IEnumerable<SchemaNode> Member(SchemaNode node, string name)
    {
        if (node.Child("propertyNames") is { } names && !SchemaCheck.IsValid(names, JsonElement.Parse(JsonLiteral.Quote(name))))
        {
            return [SchemaNode.Never];
        }

        SchemaNode[] named = [.. node.Map("properties").Where(member => member.Name == name).Select(member => member.Schema)];
        HashSet<string> matched = [.. node.Map("patternProperties").Where(member => SchemaNode.Matching(member.Name, SchemaPath.Member(node.PathOf("patternProperties"), member.Name)).Contains(name)).Select(member => member.Name)];
        return named.Length > 0 && matched.Count == 0 ? named : [.. named, .. named.Length > 0 ? Matched(node, matched) : Unnamed(node, matched)];
    }

    private static IEnumerable<SchemaNode> Unnamed(SchemaNode node, HashSet<string> matched)
    {
        SchemaNode[] own = [.. Matched(node, matched)];
        return own.Length > 0 ? own : node.Child("additionalProperties") is { } additional ? [additional] : [];
    }

    private static IEnumerable<SchemaNode> Matched(SchemaNode node, HashSet<string> matched) =>
        node.Map("patternProperties").Where(member => matched.Contains(member.Name)).Select(member => member.Schema);
}
