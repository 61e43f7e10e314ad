namespace LocalLlm.Chat.Templating;

/// <summary>What is not there: empty as text, false, and an error when used otherwise.</summary>
internal sealed class UndefinedValue(string reason) : TemplateValue
{
    internal override string TypeName => "Undefined";

    internal override bool IsTrue => false;

    internal override int? Count => 0;

    internal static UndefinedValue Variable(string name) => new($"'{name}' is undefined.");

    internal static UndefinedValue Member(TemplateValue of, TemplateValue key) => new(key is StringValue name
        ? $"'{of.TypeName}' object has no attribute '{name.Text}'."
        : $"'{of.TypeName}' object has no such element.");

    /// <summary>What the sandbox keeps from templates.</summary>
    internal static UndefinedValue Unsafe(TemplateValue of, string name) => new($"access to attribute '{name}' of '{of.TypeName}' object is unsafe.");

    internal TemplateFault Fault() => new(reason);

    internal override void WriteText(TextBuilder output)
    {
    }

    internal override void WriteRepr(TextBuilder output) => output.Append("Undefined");

    internal override IEnumerable<TemplateValue> Elements() => [];

    internal override TemplateValue Slice(Evaluation evaluation, SliceRange range) => throw Fault();

    internal override TemplateValue Call(Evaluation evaluation, Arguments arguments) => throw Fault();

    public override bool Equals(TemplateValue? other) => other is UndefinedValue;

    public override int GetHashCode() => 0;
}
