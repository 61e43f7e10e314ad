namespace LocalLlm.Chat.Templating;

/// <summary>A literal.</summary>
internal sealed class Constant(Position position, TemplateValue value) : Expression(position)
{
    internal TemplateValue Value => value;

    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope) => value;
}
