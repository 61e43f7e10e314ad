namespace LocalLlm.Chat.Templating;

/// <summary>Empty at the first call, then the separator.</summary>
internal sealed class JoinerValue(TemplateValue separator) : TemplateValue
{
    private bool _isUsed;

    internal override string TypeName => "Joiner";

    internal override TemplateValue Call(Evaluation evaluation, Arguments arguments)
    {
        TemplateValue value = _isUsed ? separator : StringValue.Empty;
        _isUsed = true;
        return value;
    }
}
