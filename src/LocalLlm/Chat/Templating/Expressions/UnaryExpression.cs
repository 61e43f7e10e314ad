namespace LocalLlm.Chat.Templating;

/// <summary>"-", "+" or "not" before a value.</summary>
internal sealed class UnaryExpression(SourcePosition position, string symbol, TemplateExpression operand) : TemplateExpression(position, operand)
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        TemplateValue value = operand.Evaluate(evaluation, scope);
        evaluation.Step(Position);
        return symbol switch
        {
            "not" => !value.IsTrue,
            "-" => Arithmetic.Negate(value),
            _ => Arithmetic.Plus(value),
        };
    }
}
