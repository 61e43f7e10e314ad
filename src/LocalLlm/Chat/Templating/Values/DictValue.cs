namespace LocalLlm.Chat.Templating;

/// <summary>A dict, in the order of its keys. Templates can't change it.</summary>
internal sealed class DictValue : TemplateValue
{
    private readonly OrderedDictionary<TemplateValue, TemplateValue> _items = [];

    internal DictValue(IEnumerable<KeyValuePair<TemplateValue, TemplateValue>> items)
    {
        foreach ((TemplateValue key, TemplateValue value) in items)
        {
            _items[key] = value;
        }
    }

    internal override string TypeName => "dict";

    internal override bool IsHashable => false;

    internal override bool IsTrue => _items.Count > 0;

    internal override int? Count => _items.Count;

    internal IReadOnlyCollection<KeyValuePair<TemplateValue, TemplateValue>> Items => _items;

    internal static DictValue From(IEnumerable<KeyValuePair<StringValue, TemplateValue>> items) =>
        new(items.Select(i => KeyValuePair.Create<TemplateValue, TemplateValue>(i.Key, i.Value)));

    internal TemplateValue? Find(TemplateValue key) => _items.GetValueOrDefault(key);

    internal override IEnumerable<TemplateValue> Elements() => _items.Keys;

    internal override TemplateValue? Item(TemplateValue key) => key.IsHashable ? _items.GetValueOrDefault(key) : null;

    internal override TemplateValue? Attribute(string name) => DictMethods.Of(this, name);

    internal override bool Contains(TemplateValue item) => _items.ContainsKey(item);

    internal override void WriteRepr(TextBuilder output)
    {
        Descend();
        output.Append('{');
        bool isFirst = true;
        foreach ((TemplateValue key, TemplateValue value) in _items)
        {
            output.Evaluation?.Step();
            if (!isFirst)
            {
                output.Append(", ");
            }

            isFirst = false;
            key.WriteRepr(output);
            output.Append(": ");
            value.WriteRepr(output);
        }

        output.Append('}');
    }

    internal override long Size() => 64 + _items.Sum(i => i.Key.Size() + i.Value.Size());

    public override bool Equals(TemplateValue? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        Descend();
        Evaluation.Current?.Work(_items.Count);
        return other is DictValue dict && _items.Count == dict._items.Count
            && _items.All(i => dict._items.TryGetValue(i.Key, out TemplateValue? value) && value.Equals(i.Value));
    }

    public override int GetHashCode() => throw new TemplateFault("unhashable type: 'dict'.");
}
