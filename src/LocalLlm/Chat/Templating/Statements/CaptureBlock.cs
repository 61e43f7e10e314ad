namespace LocalLlm.Chat.Templating;

/// <summary>{% set target %}text{% endset %}.</summary>
internal sealed class CaptureBlock(Target target, FilterExpression? filter, Block body) : TemplateStatement
{
    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output)
    {
        Scope inner = new(scope);
        StringValue text = body.Capture(evaluation, inner);
        target.Assign(evaluation, scope, filter?.Evaluate(evaluation, inner, text) ?? text);
        return Flow.Next;
    }
}
