namespace LocalLlm.Chat.Templating;

/// <summary>A variable.</summary>
internal sealed class NameExpression(SourcePosition position, string text) : TemplateExpression(position)
{
    internal string Text => text;

    internal override TemplateValue Evaluate(Evaluation evaluation, Scope scope) => scope.Find(text) ?? UndefinedValue.Variable(text);
}
