namespace LocalLlm.Chat.Templating;

/// <summary>a if b else c.</summary>
internal sealed class Conditional(Position position, Expression condition, Expression then, Expression? otherwise)
    : Expression(position, condition, then, otherwise)
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        evaluation.Step(Position);
        return condition.Evaluate(evaluation, scope).IsTrue
            ? then.Evaluate(evaluation, scope)
            : otherwise?.Evaluate(evaluation, scope) ?? new UndefinedValue("The inline if-expression was false and has no else.");
    }
}
