namespace LocalLlm.Chat.Templating;

/// <summary>A list or tuple.</summary>
internal sealed class Sequence(Position position, bool isTuple, Expression[] items) : Expression(position, items)
{
    internal Expression[] Items => items;

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
