namespace LocalLlm.Chat.Schema;

/// <summary>Writes the rules of a document's schemas. Each set of schemas that a value must keep has one rule, so that schemas may be recursive.</summary>
internal sealed class ValueRules(GrammarWriter writer)
{
    private const int MaxRules = 5000;

    private readonly Dictionary<string, string> _rules = new(StringComparer.Ordinal);
    private readonly Queue<(string Rule, IReadOnlyCollection<SchemaNode> Schemas)> _open = [];

    internal GrammarWriter Writer => writer;

    /// <summary>Writes the rule of a value, with all that it needs.</summary>
    /// <returns>The rule's name.</returns>
    internal static string Write(GrammarWriter writer, SchemaNode schema)
    {
        ValueRules rules = new(writer);
        string root = rules.Of([schema], "json");
        rules.Complete();
        return root;
    }

    /// <summary>The rule of any value.</summary>
    internal static string Any(GrammarWriter writer) => writer.Once("value", _ => new ValueRules(writer).Body([]));

    /// <summary>The rule of any object.</summary>
    internal static string AnyObject(GrammarWriter writer) => writer.Once("object", _ => ObjectRules.Body(new ValueRules(writer), new ObjectShape(new Conjunction([]))));

    /// <summary>The rule of the values that keep all of the schemas.</summary>
    /// <param name="schemas">None for any value.</param>
    /// <param name="name">What the values are for.</param>
    internal string Of(IReadOnlyCollection<SchemaNode> schemas, string name)
    {
        if (schemas.Count == 0)
        {
            return Any(writer);
        }

        string key = string.Join('\n', schemas.Select(schema => schema.Path).Distinct().Order(StringComparer.Ordinal));
        if (!_rules.TryGetValue(key, out string? rule))
        {
            rule = writer.Declare($"{name}-value");
            _rules.Add(key, rule);
            _open.Enqueue((rule, schemas));
            if (_rules.Count > MaxRules)
            {
                throw SchemaErrors.Unsupported(schemas.First().Path, $"The schema combines to more than {MaxRules:N0} rules.");
            }
        }

        return rule;
    }

    // Not by recursion: schemas may lead to each other in long chains.
    private void Complete()
    {
        while (_open.TryDequeue(out (string Rule, IReadOnlyCollection<SchemaNode> Schemas) next))
        {
            string body = Body(next.Schemas);

            // A rule that only leads to itself has no text, and what needs it has none.
            writer.Complete(next.Rule, body.Length > 0 ? body : next.Rule);
        }
    }

    private string Body(IEnumerable<SchemaNode> schemas) => string.Join(" | ", SchemaExpansion.Of(schemas).SelectMany(Bodies).Distinct());

    private IEnumerable<string> Bodies(Conjunction all) =>
        all.Values() is { } values ? values.Select(value => JsonLiteral.Body(writer, value)) : BodiesByKind(all);

    private IEnumerable<string> BodiesByKind(Conjunction all)
    {
        if (all.Kinds.HasFlag(JsonKinds.Object))
        {
            yield return ObjectRules.Body(this, new ObjectShape(all));
        }

        if (all.Kinds.HasFlag(JsonKinds.Array))
        {
            yield return ArrayRules.Body(this, new ArrayShape(all));
        }

        if (all.Kinds.HasFlag(JsonKinds.Text))
        {
            yield return StringRules.Body(writer, all);
        }

        if (all.Kinds.HasFlag(JsonKinds.Integer))
        {
            yield return NumberRules.Body(writer, all);
        }

        if (all.Kinds.HasFlag(JsonKinds.Boolean))
        {
            yield return "\"true\" | \"false\"";
        }

        if (all.Kinds.HasFlag(JsonKinds.Null))
        {
            yield return "\"null\"";
        }
    }
}
