using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LocalLlm.Chat.Templating;

/// <summary>A value of a template, with the behaviour of Python's.</summary>
internal abstract class TemplateValue : IEquatable<TemplateValue>
{
    /// <summary>Python's name of the type.</summary>
    internal abstract string TypeName { get; }

    internal virtual bool IsTrue => true;

    /// <summary>The number of elements; null where there is no such number.</summary>
    internal virtual int? Count => null;

    /// <summary>Whether it can be a key.</summary>
    internal virtual bool IsHashable => true;

    public static implicit operator TemplateValue(string text) => new StringValue(text);

    public static implicit operator TemplateValue(bool value) => BooleanValue.Of(value);

    public static implicit operator TemplateValue(long value) => IntegerValue.Of(value);

    public static implicit operator TemplateValue(double value) => new FloatValue(value);

    /// <summary>A value from JSON; objects keep their order.</summary>
    /// <param name="element">The JSON.</param>
    /// <param name="isContent">Whether all its texts are content.</param>
    internal static TemplateValue From(JsonElement element, bool isContent = false)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return element.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => NoneValue.Instance,
            JsonValueKind.True => BooleanValue.True,
            JsonValueKind.False => BooleanValue.False,
            JsonValueKind.String => StringValue.Of(element.GetString()!, isContent),
            JsonValueKind.Number => NumberText.ParseJson(element.GetRawText()),
            JsonValueKind.Array => new ListValue([.. element.EnumerateArray().Select(e => From(e, isContent))]),
            _ => new DictValue(element.EnumerateObject().Select(p => KeyValuePair.Create<TemplateValue, TemplateValue>(StringValue.Of(p.Name, isContent), From(p.Value, isContent)))),
        };
    }

    /// <summary>A value from JSON; objects keep their order.</summary>
    /// <param name="node">The JSON; null is None.</param>
    /// <param name="isContent">Whether all its texts are content.</param>
    internal static TemplateValue From(JsonNode? node, bool isContent = false)
    {
        using JsonDocument document = JsonDocument.Parse(node?.ToJsonString() ?? "null", new JsonDocumentOptions { MaxDepth = 512 });
        return From(document.RootElement, isContent);
    }

    /// <summary>As Python's str().</summary>
    internal virtual void WriteText(TextBuilder output) => WriteRepr(output);

    /// <summary>As Python's repr().</summary>
    internal virtual void WriteRepr(TextBuilder output) => output.Append($"<{TypeName} object>");

    internal virtual StringValue ToText(Evaluation? evaluation)
    {
        TextBuilder text = new(evaluation);
        WriteText(text);
        return text.ToValue();
    }

    /// <summary>The elements; null where it has none to go through.</summary>
    internal virtual IEnumerable<TemplateValue>? Elements() => null;

    internal IEnumerable<TemplateValue> Iterate() => Elements() ?? throw new TemplateFault($"'{TypeName}' object is not iterable.");

    /// <summary>The element at a key; null where there is none.</summary>
    internal virtual TemplateValue? Item(TemplateValue key) => null;

    /// <summary>A method or property; null where there is none.</summary>
    internal virtual TemplateValue? Attribute(string name) => null;

    internal virtual TemplateValue Slice(Evaluation evaluation, SliceRange range) => throw new TemplateFault($"'{TypeName}' object is not subscriptable by a slice.");

    internal virtual bool Contains(TemplateValue item) =>
        (Elements() ?? throw new TemplateFault($"argument of type '{TypeName}' is not iterable.")).Any(e =>
        {
            Evaluation.Current?.Step();
            return e.Equals(item);
        });

    internal virtual TemplateValue Call(Evaluation evaluation, Arguments arguments) => throw new TemplateFault($"'{TypeName}' object is not callable.");

    /// <summary>Bytes of text in it, roughly.</summary>
    internal virtual long Size() => 16;

    public virtual bool Equals(TemplateValue? other) => ReferenceEquals(this, other);

    public sealed override bool Equals(object? obj) => Equals(obj as TemplateValue);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override string ToString() => ToText(null).Text;

    /// <summary>obj.name: a method or property, else the item of that name.</summary>
    internal TemplateValue Member(string name, StringValue key)
    {
        // What every object of Python has, even an undefined one, and the sandbox hides.
        if (name.StartsWith("__", StringComparison.Ordinal) && Item(key) is null)
        {
            return UndefinedValue.Unsafe(this, name);
        }

        ThrowIfUndefined();
        return Attribute(name) ?? Item(key) ?? UndefinedValue.Member(this, key);
    }

    /// <summary>obj[key]: the item of that key, else a method or property.</summary>
    internal TemplateValue Subscript(TemplateValue key)
    {
        ThrowIfUndefined();
        return Item(key) ?? (key is StringValue name ? Attribute(name.Text) : null) ?? UndefinedValue.Member(this, key);
    }

    internal void ThrowIfUndefined()
    {
        if (this is UndefinedValue undefined)
        {
            throw undefined.Fault();
        }
    }

    // Nested values are walked recursively, and a template can nest them at will.
    private protected static void Descend()
    {
        Evaluation.Current?.Step();
        Evaluation.EnsureStack();
    }
}
