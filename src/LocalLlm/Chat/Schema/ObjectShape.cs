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
        (string Name, SchemaNode Node)[] patterns = [.. _all.Nodes.SelectMany(node => node.Map("patternProperties").Select(member => (member.Name, node))).DistinctBy(pattern => pattern.Name)];
        if (!IsOpen && patterns.Length == 0)
        {
            yield break;
        }

        string path = PathOfNames();
        if (patterns.Length > MaxPatterns)
        {
            throw SchemaErrors.Unsupported(path, $"More than {MaxPatterns} patterns of names can't be kept.");
        }

        TextAutomaton[] matches = [.. patterns.Select(pattern => pattern.Node.NamesOf(pattern.Name))];
        TextAutomaton[] rests = [.. matches.Select(match => match.Complement())];
        TextAutomaton? names = OtherNames(path);
        for (int chosen = IsOpen ? 0 : 1; chosen < 1 << patterns.Length; chosen++)
        {
            HashSet<string> matched = [.. patterns.Where((_, i) => (chosen >> i & 1) != 0).Select(pattern => pattern.Name)];
            SchemaNode[] schemas = [.. _all.Nodes.SelectMany(node => Unnamed(node, matched))];
            TextAutomaton? of = matches
                .Select((match, i) => (chosen >> i & 1) != 0 ? match : rests[i])
                .Aggregate(names, (some, match) => some?.Intersect(match, path) ?? match);
            if (of is not { IsEmpty: true } && schemas.All(schema => schema.Kinds != JsonKinds.None))
            {
                yield return (of, schemas);
            }
        }
    }

    // What is to blame if their names are too much.
    private string PathOfNames() => _all.With("patternProperties").Select(node => node.PathOf("patternProperties"))
        .Concat(_all.With("additionalProperties").Select(node => node.PathOf("additionalProperties")))
        .Concat(_all.Nodes.Select(node => node.Path))
        .FirstOrDefault("$");

    private TextAutomaton? OtherNames(string path)
    {
        SchemaNode[] ruled = [.. _all.Nodes.Select(node => node.Child("propertyNames")).OfType<SchemaNode>()];
        TextAutomaton? valid = ruled.Length > 0 ? StringLanguage.OfNames(ruled) : null;
        if (Names.Count == 0 && !_all.With("patternProperties").Any())
        {
            return valid;
        }

        TextAutomaton others = StringLanguage.Plain.Intersect(StringLanguage.Of(Names, path).Complement(), path);
        return valid?.Intersect(others, path) ?? others;
    }

    private static SchemaNode[] Member(SchemaNode node, string name)
    {
        if (node.Child("propertyNames") is { } names && !SchemaCheck.IsValid(names, JsonElement.Parse(JsonLiteral.Quote(name))))
        {
            return [SchemaNode.Never];
        }

        HashSet<string> matched = [.. node.Map("patternProperties").Select(member => member.Name).Where(pattern => node.NamesOf(pattern).Contains(name))];
        return node.Member("properties", name) is { } named ? [named, .. Matched(node, matched)] : Unnamed(node, matched);
    }

    private static SchemaNode[] Unnamed(SchemaNode node, HashSet<string> matched)
    {
        SchemaNode[] own = [.. Matched(node, matched)];
        return own.Length > 0 ? own : node.Child("additionalProperties") is { } additional ? [additional] : [];
    }

    private static IEnumerable<SchemaNode> Matched(SchemaNode node, HashSet<string> matched) =>
        node.Map("patternProperties").Where(member => matched.Contains(member.Name)).Select(member => member.Schema);
}
