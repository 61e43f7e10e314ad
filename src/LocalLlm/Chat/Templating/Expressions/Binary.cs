namespace LocalLlm.Chat.Templating;

/// <summary>An operator between two values.</summary>
internal sealed class Binary(Position position, string symbol, Expression left, Expression right) : Expression(position, left, right)
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        TemplateValue a = left.Evaluate(evaluation, scope);
        TemplateValue b = right.Evaluate(evaluation, scope);
        evaluation.Step(Position);
        return Operations.Binary(evaluation, symbol, a, b);
    }
}
