namespace LocalLlm.Chat.Templating;

/// <summary>Elements that can be gone through once, and are made when asked for.</summary>
internal sealed class IteratorValue(string typeName, IEnumerable<TemplateValue> elements) : TemplateValue
{
    private readonly IEnumerator<TemplateValue> _elements = elements.GetEnumerator();

    internal override string TypeName => typeName;

    internal override IEnumerable<TemplateValue> Elements()
    {
        // They can be made of another iterator's, and so on.
        for (Descend(); _elements.MoveNext(); Descend())
        {
            yield return _elements.Current;
        }
    }
}
