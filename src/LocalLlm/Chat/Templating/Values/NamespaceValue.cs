namespace LocalLlm.Chat.Templating;

/// <summary>The one kind of value that a template can change: namespace().</summary>
internal sealed class NamespaceValue(DictValue start) : TemplateValue
{
    private readonly Dictionary<string, TemplateValue> _attributes = start.Items
        .Where(i => i.Key is StringValue)
        .ToDictionary(i => ((StringValue)i.Key).Text, i => i.Value, StringComparer.Ordinal);

    internal override string TypeName => "Namespace";

    internal override TemplateValue? Attribute(string name) => _attributes.GetValueOrDefault(name);

    internal void Set(Evaluation evaluation, string name, TemplateValue value)
    {
        evaluation.Charge(_attributes.ContainsKey(name) ? 0 : 64);
        _attributes[name] = value;
    }

    internal override void WriteRepr(TextBuilder output)
    {
        ThrowIfTooDeep();
        output.Append("<Namespace ");
        new DictValue(_attributes.Select(a => KeyValuePair.Create<TemplateValue, TemplateValue>(a.Key, a.Value))).WriteRepr(output);
        output.Append('>');
    }
}
