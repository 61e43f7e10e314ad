namespace LocalLlm.Chat.Templating;

/// <summary>{{ value }}.</summary>
internal sealed class OutputStatement(TemplateExpression value) : TemplateStatement
{
    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output)
    {
        value.Evaluate(evaluation, scope).WriteText(output);
        return Flow.Next;
    }
}
