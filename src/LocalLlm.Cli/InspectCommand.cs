using System.CommandLine;

namespace LocalLlm.Cli;

internal sealed class InspectCommand : Command
{
    private readonly HeaderOptions _model;
    private readonly Option<bool> _tensors = new("--tensors") { Description = "Show each tensor." };
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON object. Of an array it holds the first elements and the length, of a chat template the length." };

    internal InspectCommand() : base("inspect", "Shows what is in a GGUF file, and what is wrong with it, without loading it.")
    {
        _model = new HeaderOptions(this);
        Add(_tensors);
        Add(_json);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using Interrupt interrupt = new();
        using GgufFile file = await _model.OpenAsync(parsed, interrupt.Token);
        bool tensors = parsed.GetValue(_tensors);
        if (parsed.GetValue(_json))
        {
            Json.Write(InspectJson.Of(file, tensors), Json.Default.InspectJson);
        }
        else
        {
            InspectTables.Write(file, tensors);
        }
        return ExitCode.Success;
    }
}
