namespace LocalLlm.Chat.Templating;

/// <summary>target|filter(arguments); in a filter block without a target, which is then the block's text.</summary>
internal sealed class FilterExpression(SourcePosition position, TemplateExpression? target, string filter, ArgumentList arguments) : TemplateExpression(position, [target, .. arguments.Parts])
{
    private readonly BuiltIn? _filter = Filters.Find(filter);

    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope) => Evaluate(evaluation, scope, null);

    /// <param name="evaluation">The rendering.</param>
    /// <param name="scope">The names.</param>
    /// <param name="text">What the innermost filter of a block is applied to.</param>
    internal TemplateValue Evaluate(Evaluation evaluation, Scope scope, TemplateValue? text)
    {
        TemplateValue value = target switch
        {
            null => text!,
            FilterExpression inner when text is not null => inner.Evaluate(evaluation, scope, text),
            _ => target.Evaluate(evaluation, scope),
        };
        Arguments passed = arguments.Evaluate(evaluation, scope, value);
        evaluation.Charge(64);
        evaluation.Step(Position);
        return (_filter ?? throw Filters.Missing(filter)).Invoke(evaluation, passed);
    }
}
