namespace LocalLlm.Chat.Templating;

/// <summary>The one kind of value that a template can change: namespace().</summary>
internal sealed class NamespaceValue(DictValue start) : TemplateValue
{
    private readonly OrderedDictionary<TemplateValue, TemplateValue> _attributes = new(start.Items);

    internal override string TypeName => "Namespace";

    internal override TemplateValue? Attribute(string name) => _attributes.GetValueOrDefault(new StringValue(name));

    internal void Set(Evaluation evaluation, StringValue name, TemplateValue value)
    {
        evaluation.Charge(_attributes.ContainsKey(name) ? 0 : 64);
        _attributes[name] = value;
    }

    internal override void WriteRepr(TextBuilder output)
    {
        Descend();
        output.Append("<Namespace ");
        new DictValue(_attributes).WriteRepr(output);
        output.Append('>');
    }
}
