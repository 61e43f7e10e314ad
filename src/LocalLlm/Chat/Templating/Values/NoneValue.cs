namespace LocalLlm.Chat.Templating;

/// <summary>Python's None.</summary>
internal sealed class NoneValue : TemplateValue
{
    private NoneValue()
    {
    }

    internal static NoneValue Instance { get; } = new();

    internal override string TypeName => "NoneType";

    internal override bool IsTrue => false;

    internal override void WriteRepr(TextBuilder output) => output.Append("None");
}
