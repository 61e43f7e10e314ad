namespace LocalLlm.Chat.Templating;

/// <summary>a if b else c.</summary>
internal sealed class ConditionalExpression(SourcePosition position, TemplateExpression condition, TemplateExpression then, TemplateExpression? otherwise)
    : TemplateExpression(position, condition, then, otherwise)
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        evaluation.Step(Position);
        return condition.Evaluate(evaluation, scope).IsTrue
            ? then.Evaluate(evaluation, scope)
            : otherwise?.Evaluate(evaluation, scope) ?? new UndefinedValue("The inline if-expression was false and has no else.");
    }
}
