namespace LocalLlm.Chat.Templating;

/// <summary>target[start:stop:step].</summary>
internal sealed class SliceExpression(SourcePosition position, TemplateExpression target, TemplateExpression? start, TemplateExpression? stop, TemplateExpression? step)
    : TemplateExpression(position, target, start, stop, step)
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        TemplateValue value = target.Evaluate(evaluation, scope);
        TemplateValue first = start?.Evaluate(evaluation, scope) ?? NoneValue.Instance;
        TemplateValue last = stop?.Evaluate(evaluation, scope) ?? NoneValue.Instance;
        TemplateValue stride = step?.Evaluate(evaluation, scope) ?? NoneValue.Instance;
        evaluation.Step(Position);
        value.ThrowIfUndefined();
        return value.Slice(evaluation, SliceRange.From(first, last, stride));
    }
}
