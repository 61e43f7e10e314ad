namespace LocalLlm.Chat.Templating;

/// <summary>A chain of comparisons: each value stands in two of them.</summary>
internal sealed class Comparison(Position position, Expression first, (string Symbol, Expression Operand)[] rest)
    : Expression(position, [first, .. rest.Select(r => r.Operand)])
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        TemplateValue left = first.Evaluate(evaluation, scope);
        foreach ((string symbol, Expression operand) in rest)
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
