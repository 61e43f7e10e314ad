namespace LocalLlm.Chat.Templating;

/// <summary>A list or tuple.</summary>
internal sealed class SequenceExpression(SourcePosition position, bool isTuple, TemplateExpression[] items) : TemplateExpression(position, items)
{
    internal TemplateExpression[] Items => items;

    internal bool IsTuple => isTuple;

    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        evaluation.Step(Position);
        evaluation.Charge(64 + (8L * items.Length));
        TemplateValue[] values = new TemplateValue[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            values[i] = items[i].Evaluate(evaluation, scope);
        }

        return isTuple ? new TupleValue(values) : new ListValue(values);
    }
}
