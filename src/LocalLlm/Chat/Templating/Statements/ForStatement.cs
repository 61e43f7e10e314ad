namespace LocalLlm.Chat.Templating;

/// <summary>A loop.</summary>
internal sealed class ForStatement(SourcePosition position, Target target, TemplateExpression items, TemplateExpression? filter, bool isRecursive, Block body, Block? otherwise) : TemplateStatement
{
    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output)
    {
        TemplateValue value = items.Evaluate(evaluation, scope);
        evaluation.Step(position);
        Run(evaluation, scope, value, 0, output);
        return Flow.Next;
    }

    internal void Run(Evaluation evaluation, Scope scope, TemplateValue value, int depth, TextBuilder output)
    {
        IEnumerable<TemplateValue> elements = value.Iterate();
        LoopValue loop = new(evaluation, filter is null ? elements : Filter(evaluation, scope, elements), depth, isRecursive ? (this, scope) : null);
        while (loop.MoveNext())
        {
            evaluation.Step(position);
            Scope inner = new(scope);
            target.Assign(evaluation, inner, loop.Current);
            inner.Set("loop", loop);
            if (body.Execute(evaluation, inner, output) == Flow.Break)
            {
                break;
            }
        }

        if (loop.IsEmpty)
        {
            otherwise?.Execute(evaluation, new Scope(scope), output);
        }
    }

    private IEnumerable<TemplateValue> Filter(Evaluation evaluation, Scope scope, IEnumerable<TemplateValue> elements)
    {
        foreach (TemplateValue element in elements)
        {
            Scope inner = new(scope);
            target.Assign(evaluation, inner, element);
            if (filter!.Evaluate(evaluation, inner).IsTrue)
            {
                yield return element;
            }
        }
    }
}
