namespace LocalLlm.Chat.Templating;

/// <summary>Text of the template.</summary>
internal sealed class DataStatement(string text) : TemplateStatement
{
    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output)
    {
        output.Append(text);
        return Flow.Next;
    }
}
