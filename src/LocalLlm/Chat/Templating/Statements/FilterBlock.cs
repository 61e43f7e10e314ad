namespace LocalLlm.Chat.Templating;

/// <summary>{% filter name %}text{% endfilter %}.</summary>
internal sealed class FilterBlock(FilterExpression filter, Block body) : TemplateStatement
{
    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output)
    {
        Scope inner = new(scope);
        filter.Evaluate(evaluation, inner, body.Capture(evaluation, inner)).WriteText(output);
        return Flow.Next;
    }
}
