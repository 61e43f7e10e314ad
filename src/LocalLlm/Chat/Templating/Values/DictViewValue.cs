namespace LocalLlm.Chat.Templating;

/// <summary>What keys(), values() and items() of a dict give.</summary>
/// <param name="dict">The dict.</param>
/// <param name="kind">"keys", "values" or "items".</param>
internal sealed class DictViewValue(DictValue dict, string kind) : TemplateValue
{
    internal override string TypeName => $"dict_{kind}";

    internal override bool IsTrue => dict.IsTrue;

    internal override int? Count => dict.Count;

    internal bool IsSet => kind != "values";

    internal override IEnumerable<TemplateValue> Elements() => kind switch
    {
        "keys" => dict.Items.Select(i => i.Key),
        "values" => dict.Items.Select(i => i.Value),
        _ => dict.Items.Select(i =>
        {
            Evaluation.Current?.Charge(80);
            return new TupleValue([i.Key, i.Value]);
        }),
    };

    internal override void WriteRepr(TextBuilder output)
    {
        output.Evaluation?.Charge(8L * dict.Items.Count);
        output.Append($"dict_{kind}(");
        new ListValue([.. Elements()]).WriteRepr(output);
        output.Append(')');
    }

    public override bool Equals(TemplateValue? other)
    {
        Descend();
        return ReferenceEquals(this, other) || (IsSet && other is DictViewValue { IsSet: true } view && Count == view.Count && Elements().All(view.Contains));
    }

    public override int GetHashCode() => Count.GetHashCode();
}
