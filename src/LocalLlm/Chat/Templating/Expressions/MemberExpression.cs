namespace LocalLlm.Chat.Templating;

/// <summary>target.name.</summary>
internal sealed class MemberExpression(SourcePosition position, TemplateExpression target, string name) : TemplateExpression(position, target)
{
    private readonly StringValue _key = new(name);

    internal TemplateExpression Target => target;

    internal string Name => name;

    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope)
    {
        TemplateValue value = target.Evaluate(evaluation, scope);
        evaluation.Step(Position);
        return value.Member(name, _key);
    }
}
