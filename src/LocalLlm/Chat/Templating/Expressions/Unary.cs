namespace LocalLlm.Chat.Templating;

/// <summary>"-", "+" or "not" before a value.</summary>
internal sealed class Unary(Position position, string symbol, Expression operand) : Expression(position, operand)
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        TemplateValue value = operand.Evaluate(evaluation, scope);
        evaluation.Step(Position);
        return symbol switch
        {
            "not" => !value.IsTrue,
            "-" => Operations.Negate(value),
            _ => Operations.Plus(value),
        };
    }
}
