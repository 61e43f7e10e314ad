namespace LocalLlm.Chat.Templating;

/// <summary>A variable.</summary>
internal sealed class Name(Position position, string text) : Expression(position)
{
    internal string Text => text;

    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope) => scope.Find(text) ?? UndefinedValue.Variable(text);
}
