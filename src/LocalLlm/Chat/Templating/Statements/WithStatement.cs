namespace LocalLlm.Chat.Templating;

/// <summary>Names for the length of a block.</summary>
internal sealed class WithStatement((Target Target, TemplateExpression Value)[] values, Block body) : TemplateStatement
{
    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output)
    {
        Scope inner = new(scope);
        foreach ((Target target, TemplateExpression value) in values)
        {
            target.Assign(evaluation, inner, value.Evaluate(evaluation, scope));
        }

        return body.Execute(evaluation, inner, output);
    }
}
