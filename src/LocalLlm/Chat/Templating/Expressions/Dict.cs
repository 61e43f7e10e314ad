namespace LocalLlm.Chat.Templating;

/// <summary>{key: value}.</summary>
internal sealed class Dict(Position position, (Expression Key, Expression Value)[] items)
    : Expression(position, [.. items.Select(i => i.Key), .. items.Select(i => i.Value)])
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        evaluation.Charge(200 + (64L * items.Length));
        KeyValuePair<TemplateValue, TemplateValue>[] values = [.. items.Select(i => KeyValuePair.Create(i.Key.Evaluate(evaluation, scope), i.Value.Evaluate(evaluation, scope)))];
        evaluation.Step(Position);
        return new DictValue(values);
    }
}
