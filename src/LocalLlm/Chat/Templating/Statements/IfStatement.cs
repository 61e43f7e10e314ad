namespace LocalLlm.Chat.Templating;

/// <summary>if, elif and else; the condition of else is null.</summary>
internal sealed class IfStatement((TemplateExpression? Condition, Block Body)[] branches) : TemplateStatement
{
    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output)
    {
        foreach ((TemplateExpression? condition, Block body) in branches)
        {
            if (condition is null || condition.Evaluate(evaluation, scope).IsTrue)
            {
                return body.Execute(evaluation, scope, output);
            }
        }

        return Flow.Next;
    }
}
