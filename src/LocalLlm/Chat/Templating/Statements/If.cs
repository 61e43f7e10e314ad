namespace LocalLlm.Chat.Templating;

/// <summary>if, elif and else; the condition of else is null.</summary>
internal sealed class If((Expression? Condition, Block Body)[] branches) : Statement
{
    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output)
    {
        foreach ((Expression? condition, Block body) in branches)
        {
            if (condition is null || condition.Evaluate(evaluation, scope).IsTrue)
            {
                return body.Execute(evaluation, scope, output);
            }
        }

        return Flow.Next;
    }
}
