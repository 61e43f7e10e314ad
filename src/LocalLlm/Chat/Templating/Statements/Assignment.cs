namespace LocalLlm.Chat.Templating;

/// <summary>{% set target = value %}.</summary>
internal sealed class Assignment(Target target, TemplateExpression value) : TemplateStatement
{
    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output)
    {
        target.Assign(evaluation, scope, value.Evaluate(evaluation, scope));
        return Flow.Next;
    }
}
