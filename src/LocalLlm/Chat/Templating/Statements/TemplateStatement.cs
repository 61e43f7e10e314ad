namespace LocalLlm.Chat.Templating;

/// <summary>A part of a template that writes or changes something.</summary>
internal abstract class TemplateStatement
{
    internal abstract Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output);
}
