namespace LocalLlm.Chat.Templating;

/// <summary>Goes round its items.</summary>
internal sealed class CyclerValue : TemplateValue
{
    private static readonly BuiltIn Next = new("next", "self", static (_, a) => ((CyclerValue)a[0]!).MoveNext());

    private static readonly BuiltIn Reset = new("reset", "self", static (_, a) =>
    {
        ((CyclerValue)a[0]!)._at = 0;
        return NoneValue.Instance;
    });

    private readonly TemplateValue[] _items;
    private int _at;

    internal CyclerValue(TemplateValue[] items) => _items = items.Length > 0 ? items : throw new TemplateFault("at least one item has to be provided.");

    internal override string TypeName => "Cycler";

    internal override TemplateValue? Attribute(string name) => name switch
    {
        "current" => _items[_at],
        "next" => new BoundMethod(this, Next),
        "reset" => new BoundMethod(this, Reset),
        "items" => new TupleValue(_items),
        "pos" => (long)_at,
        _ => null,
    };

    private TemplateValue MoveNext()
    {
        TemplateValue item = _items[_at];
        _at = (_at + 1) % _items.Length;
        return item;
    }
}
