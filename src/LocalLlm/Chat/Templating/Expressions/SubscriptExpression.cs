namespace LocalLlm.Chat.Templating;

/// <summary>target[key].</summary>
internal sealed class SubscriptExpression(SourcePosition position, TemplateExpression target, TemplateExpression key) : TemplateExpression(position, target, key)
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        TemplateValue value = target.Evaluate(evaluation, scope);
        TemplateValue at = key.Evaluate(evaluation, scope);
        evaluation.Step(Position);
        return value.Subscript(at);
    }
}
