using System.CommandLine;
using Microsoft.Extensions.AI;

namespace LocalLlm.Cli;

internal sealed class ChatCommand : Command
{
    private readonly ModelOptions _model;
    private readonly Option<string?> _system = new("--system") { HelpName = "S", Description = "Instructions that the whole conversation follows." };
    private readonly Option<string?> _jsonSchema = new("--json-schema") { HelpName = "FILE", Description = "Answer with JSON that is valid under this JSON schema." };
    private readonly SamplingOptions _sampling;

    internal ChatCommand() : base("chat", "Chats with a model. Piped input is answered line by line.")
    {
        _model = new ModelOptions(this, optional: true);
        Add(_system);
        Add(_jsonSchema);
        _sampling = new SamplingOptions(this);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        LocalChatOptions options = _sampling.ForChat(parsed);
        if (parsed.GetValue(_jsonSchema) is { } file)
        {
            options.ResponseFormat = ChatResponseFormat.ForJsonSchema(await JsonFile.ReadAsync(file, CancellationToken.None));
        }
        await using LocalModel model = await _model.LoadAsync(parsed, CancellationToken.None);
        Conversation conversation = new(model, options, parsed.GetValue(_system));
        await new ChatLoop(conversation, interactive: !Console.IsInputRedirected).RunAsync();
        return ExitCode.Success;
    }
}
