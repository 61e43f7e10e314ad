namespace LocalLlm.Chat.Templating;

/// <summary>A tuple, or a group of groupby, whose parts have names.</summary>
internal sealed class TupleValue(IReadOnlyList<TemplateValue> items, params string[] names) : SequenceValue(items)
{
    internal override string TypeName => "tuple";

    internal override bool IsHashable
    {
        get
        {
            Descend();
            return Items.All(i => i.IsHashable);
        }
    }

    internal override TupleValue With(IReadOnlyList<TemplateValue> items) => new(items);

    internal override void WriteRepr(TextBuilder output)
    {
        output.Append('(');
        WriteItems(output);
        output.Append(Items.Count == 1 ? ",)" : ")");
    }

    internal override TemplateValue? Attribute(string name) =>
        Array.IndexOf(names, name) is >= 0 and int index ? Items[index] : SequenceMethods.Of(this, name);
}
