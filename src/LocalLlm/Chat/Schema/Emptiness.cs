namespace LocalLlm.Chat.Schema;

/// <summary>Whether schemas exclude each other.</summary>
internal sealed class Emptiness
{
    private const int MaxDepth = 8;
    private const int MaxSteps = 1000;

    private int _steps;

    private Emptiness()
    {
    }

    /// <summary>Whether it is certain that no value keeps all of the schemas.</summary>
    /// <param name="schemas">The schemas.</param>
    /// <param name="resolved">Others, of which the references and unions have been resolved already.</param>
    internal static bool IsEmpty(IEnumerable<SchemaNode> schemas, IEnumerable<SchemaNode>? resolved = null) => new Emptiness().IsEmpty(schemas, resolved, 0);

    private bool IsEmpty(IEnumerable<SchemaNode> schemas, IEnumerable<SchemaNode>? resolved, int depth) =>
        depth < MaxDepth && ++_steps < MaxSteps && SchemaExpansion.Of(schemas, isExclusive: false, resolved).All(all => IsEmpty(all, depth));

    private bool IsEmpty(Conjunction all, int depth) =>
        all.Values() is { } values
            ? values.Length == 0
            : (all.Kinds & (JsonKinds.Null | JsonKinds.Boolean)) == 0
                && (!all.Kinds.HasFlag(JsonKinds.Integer) || NumberRange.Of(all).IsEmpty)
                && (!all.Kinds.HasFlag(JsonKinds.Text) || StringRules.IsEmpty(all))
                && (!all.Kinds.HasFlag(JsonKinds.Array) || IsEmpty(new ArrayShape(all), depth))
                && (!all.Kinds.HasFlag(JsonKinds.Object) || IsEmpty(new ObjectShape(all), depth));

    private bool IsEmpty(ArrayShape shape, int depth) =>
        shape.Most < shape.Least || Enumerable.Range(0, (int)Math.Min(shape.Least, shape.Prefix + 1)).Any(i => IsEmpty(shape.Item(i), null, depth + 1));

    private bool IsEmpty(ObjectShape shape, int depth) =>
        shape.Most < Math.Max(shape.Least, shape.Required.Count) || shape.Required.Any(name => IsEmpty(shape.Member(name), null, depth + 1));
}
