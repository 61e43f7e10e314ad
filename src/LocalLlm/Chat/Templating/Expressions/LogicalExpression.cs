namespace LocalLlm.Chat.Templating;

/// <summary>"and" and "or": the value that decided.</summary>
internal sealed class LogicalExpression(SourcePosition position, bool isAnd, TemplateExpression left, TemplateExpression right) : TemplateExpression(position, left, right)
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        evaluation.Step(Position);
        TemplateValue value = left.Evaluate(evaluation, scope);
        return value.IsTrue == isAnd ? right.Evaluate(evaluation, scope) : value;
    }
}
