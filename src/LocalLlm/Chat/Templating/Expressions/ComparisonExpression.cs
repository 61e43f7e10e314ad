namespace LocalLlm.Chat.Templating;

/// <summary>A chain of comparisons: each value stands in two of them.</summary>
internal sealed class ComparisonExpression(SourcePosition position, TemplateExpression first, (string Symbol, TemplateExpression Operand)[] rest)
    : TemplateExpression(position, [first, .. rest.Select(r => r.Operand)])
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        TemplateValue left = first.Evaluate(evaluation, scope);
        foreach ((string symbol, TemplateExpression operand) in rest)
        {
            TemplateValue right = operand.Evaluate(evaluation, scope);
            evaluation.Step(Position);
            evaluation.Work((left is StringValue a ? a.Text.Length / 64 : 0) + (right is StringValue b ? b.Text.Length / 64 : 0));
            if (!Operations.Compares(symbol, left, right))
            {
                return BooleanValue.False;
            }

            left = right;
        }

        return BooleanValue.True;
    }
}
