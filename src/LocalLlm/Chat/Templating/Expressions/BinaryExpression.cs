namespace LocalLlm.Chat.Templating;

/// <summary>An operator between two values.</summary>
internal sealed class BinaryExpression(SourcePosition position, string symbol, TemplateExpression left, TemplateExpression right) : TemplateExpression(position, left, right)
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        TemplateValue a = left.Evaluate(evaluation, scope);
        TemplateValue b = right.Evaluate(evaluation, scope);
        evaluation.Step(Position);
        return Operations.Binary(evaluation, symbol, a, b);
    }
}
