namespace LocalLlm.Chat.Templating;

/// <summary>A block whose names end with it.</summary>
internal sealed class ScopedBlock(Block body) : TemplateStatement
{
    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output) => body.Execute(evaluation, new Scope(scope), output);
}
