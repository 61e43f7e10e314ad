namespace LocalLlm.Chat.Templating;

/// <summary>target[key].</summary>
internal sealed class Subscript(Position position, Expression target, Expression key) : Expression(position, target, key)
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        TemplateValue value = target.Evaluate(evaluation, scope);
        TemplateValue at = key.Evaluate(evaluation, scope);
        evaluation.Step(Position);
        return value.Subscript(at);
    }
}
