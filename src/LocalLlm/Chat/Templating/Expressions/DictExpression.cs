namespace LocalLlm.Chat.Templating;

/// <summary>{key: value}.</summary>
internal sealed class DictExpression(SourcePosition position, (TemplateExpression Key, TemplateExpression Value)[] items)
    : TemplateExpression(position, [.. items.Select(i => i.Key), .. items.Select(i => i.Value)])
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        Evaluation.EnsureStack();
        evaluation.Charge(200 + (64L * items.Length));
        KeyValuePair<TemplateValue, TemplateValue>[] values = [.. items.Select(i => KeyValuePair.Create(i.Key.Evaluate(evaluation, scope), i.Value.Evaluate(evaluation, scope)))];
        evaluation.Step(Position);
        return new DictValue(values);
    }
}
