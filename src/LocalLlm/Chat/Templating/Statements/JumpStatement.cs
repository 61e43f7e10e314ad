namespace LocalLlm.Chat.Templating;

/// <summary>break or continue.</summary>
internal sealed class JumpStatement(Flow flow) : TemplateStatement
{
    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output) => flow;
}
