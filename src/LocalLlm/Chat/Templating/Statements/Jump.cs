namespace LocalLlm.Chat.Templating;

/// <summary>break or continue.</summary>
internal sealed class Jump(Flow flow) : Statement
{
    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output) => flow;
}
