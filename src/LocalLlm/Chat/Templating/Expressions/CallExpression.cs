namespace LocalLlm.Chat.Templating;

/// <summary>target(arguments).</summary>
internal sealed class CallExpression(SourcePosition position, TemplateExpression target, ArgumentList arguments) : TemplateExpression(position, [target, .. arguments.Parts])
{
    private static readonly StringValue Caller = new("caller");

    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope) => Evaluate(evaluation, scope, null);

    internal TemplateValue Evaluate(Evaluation evaluation, Scope scope, TemplateValue? caller)
    {
        TemplateValue function = target.Evaluate(evaluation, scope);
        Arguments passed = arguments.Evaluate(evaluation, scope);
        if (caller is not null)
        {
            passed = new Arguments(passed.Positional, [.. passed.Named, KeyValuePair.Create(Caller, caller)]);
        }

        evaluation.Charge(64);
        evaluation.Step(Position);
        return function.Call(evaluation, passed);
    }
}
