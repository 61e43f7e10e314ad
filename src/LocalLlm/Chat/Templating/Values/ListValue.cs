namespace LocalLlm.Chat.Templating;

/// <summary>A list. Templates can't change it.</summary>
internal sealed class ListValue(IReadOnlyList<TemplateValue> items) : SequenceValue(items)
{
    internal override string TypeName => "list";

    internal override bool IsHashable => false;

    internal static ListValue Create(Evaluation evaluation, IEnumerable<TemplateValue> elements)
    {
        evaluation.Charge(64);
        List<TemplateValue> items = [];
        foreach (TemplateValue element in elements)
        {
            evaluation.Step();
            evaluation.Charge(8);
            items.Add(element);
        }

        return new ListValue(items);
    }

    internal override ListValue With(IReadOnlyList<TemplateValue> items) => new(items);

    internal override void WriteRepr(TextBuilder output)
    {
        output.Append('[');
        WriteItems(output);
        output.Append(']');
    }

    internal override TemplateValue? Attribute(string name) => SequenceMethods.Of(this, name);

    public override int GetHashCode() => throw new TemplateFault("unhashable type: 'list'.");
}
