namespace LocalLlm.Chat.Templating;

/// <summary>target is test(arguments).</summary>
internal sealed class TestExpression(SourcePosition position, TemplateExpression target, string test, ArgumentList arguments) : TemplateExpression(position, [target, .. arguments.Parts])
{
    private readonly BuiltIn? _test = Tests.Find(test);

    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        Arguments passed = arguments.Evaluate(evaluation, scope, target.Evaluate(evaluation, scope));
        evaluation.Step(Position);
        return (_test ?? throw Tests.Missing(test)).Invoke(evaluation, passed);
    }
}
