using System.CommandLine;

namespace LocalLlm.Cli;

internal sealed class ChatCommand : Command
{
    private readonly ModelOptions _model;
    private readonly Option<string?> _system = new("--system") { HelpName = "S", Description = "Instructions that the whole conversation follows." };
    private readonly SamplingOptions _sampling;

    internal ChatCommand() : base("chat", "Chats with a model. Piped input is answered line by line.")
    {
        _model = new ModelOptions(this, optional: true);
        Add(_system);
        _sampling = new SamplingOptions(this);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        await using LocalModel model = await _model.LoadAsync(parsed, CancellationToken.None);
        Conversation conversation = new(model, _sampling.ForChat(parsed), parsed.GetValue(_system));
        await new ChatLoop(conversation, interactive: !Console.IsInputRedirected).RunAsync();
        return ExitCode.Success;
    }
}
