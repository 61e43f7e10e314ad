namespace LocalLlm.Chat.Templating;

/// <summary>Statements in order.</summary>
internal sealed class Block(TemplateStatement[] statements) : TemplateStatement
{
    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output)
    {
        Evaluation.EnsureStack();
        foreach (TemplateStatement statement in statements)
        {
            evaluation.Step();
            if (statement.Execute(evaluation, scope, output) is var flow and not Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    /// <summary>The text that it writes.</summary>
    internal StringValue Capture(Evaluation evaluation, Scope scope)
    {
        TextBuilder text = new(evaluation);
        Execute(evaluation, scope, text);
        return text.ToValue();
    }
}
