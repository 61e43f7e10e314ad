namespace LocalLlm.Chat.Templating;

/// <summary>A literal.</summary>
internal sealed class ConstantExpression(SourcePosition position, TemplateValue value) : TemplateExpression(position)
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope) => value;
}
