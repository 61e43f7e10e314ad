namespace LocalLlm.Chat.Templating;

/// <summary>target(arguments).</summary>
internal sealed class Call(Position position, Expression target, ArgumentList arguments) : Expression(position, [target, .. arguments.Parts])
{
    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope) => Evaluate(evaluation, scope, null);

    internal TemplateValue Evaluate(Evaluation evaluation, Scope scope, TemplateValue? caller)
    {
        TemplateValue function = target.Evaluate(evaluation, scope);
        Arguments passed = arguments.Evaluate(evaluation, scope);
        if (caller is not null)
        {
            passed = new Arguments(passed.Positional, [.. passed.Named, KeyValuePair.Create("caller", caller)]);
        }

        evaluation.Charge(64);
        evaluation.Step(Position);
        return function.Call(evaluation, passed);
    }
}
