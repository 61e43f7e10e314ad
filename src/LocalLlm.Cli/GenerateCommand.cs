using System.CommandLine;

namespace LocalLlm.Cli;

internal sealed class GenerateCommand : Command
{
    private readonly ModelOptions _model;
    private readonly Option<string> _prompt = new("--prompt") { HelpName = "P", Description = "The text to go on from.", Required = true };
    private readonly SamplingOptions _sampling;
    private readonly Option<FileInfo> _grammar = new("--grammar") { HelpName = "FILE", Description = "A GBNF grammar that the text must match." };
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON object: text, tokenIds, promptTokens, finishReason, timings." };
    private readonly NumberOption<int> _logprobs = new("--logprobs", "N", "With --json: tell how likely the model held each token and the N likeliest.");

    internal GenerateCommand() : base("generate", "Continues a text, without the model's chat template.")
    {
        _model = new ModelOptions(this);
        Add(_prompt);
        _sampling = new SamplingOptions(this);
        Add(_grammar);
        Add(_json);
        Add(_logprobs);
        Validators.Add(result =>
        {
            if (result.GetResult(_logprobs) is not null && result.GetResult(_json) is null)
            {
                result.AddError($"{_logprobs.Name} needs {_json.Name}.");
            }
        });
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using Interrupt interrupt = new();
        string? grammar = parsed.GetValue(_grammar) is { } file ? await File.ReadAllTextAsync(file.FullName, interrupt.Token) : null;
        await using LocalModel model = await _model.LoadAsync(parsed, interrupt.Token);
        string prompt = parsed.GetRequiredValue(_prompt);
        GenerationOptions options = _sampling.ForGenerate(parsed) with { LogProbabilities = parsed.GetValue(_logprobs), Grammar = grammar };

        if (parsed.GetValue(_json))
        {
            GenerateReply reply = await model.GenerateAsync(prompt, options, interrupt.Token);
            Json.Write(GenerateJson.Of(reply), Json.Default.GenerateJson);
            return ExitCode.Success;
        }
        await foreach (string piece in model.GenerateStreamingAsync(prompt, options, interrupt.Token))
        {
            Console.Write(piece);
        }
        Console.WriteLine();
        return ExitCode.Success;
    }
}
