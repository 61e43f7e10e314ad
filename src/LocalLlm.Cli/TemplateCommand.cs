using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LocalLlm.Cli;

internal sealed class TemplateCommand : Command
{
    private readonly HeaderOptions _model;
    private readonly Option<string> _messages = new("--messages") { HelpName = "FILE", Description = "The conversation: a JSON array of messages, as the template takes them.", Required = true };
    private readonly Option<string> _tools = new("--tools") { HelpName = "FILE", Description = "The tools: a JSON array, in OpenAI's form." };
    private readonly Option<Dictionary<string, JsonNode?>> _variables = new("--var")
    {
        HelpName = "NAME=VALUE",
        Description = "A variable for the template; the value is JSON where it can be, else a text. Can be given several times.",
        CustomParser = ParseVariables,
    };
    private readonly Option<bool> _noGenerationPrompt = new("--no-generation-prompt") { Description = "Don't end the prompt with the beginning of an answer." };
    private readonly Option<bool> _tokens = new("--tokens") { Description = "Show the prompt's tokens instead, and which are control tokens. Loads the model." };

    internal TemplateCommand() : base("template", "Writes the prompt that a model's chat template makes of messages.")
    {
        _model = new HeaderOptions(this, ", or a template as FILE.jinja");
        Add(_messages);
        Add(_tools);
        Add(_variables);
        Add(_noGenerationPrompt);
        Add(_tokens);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using Interrupt interrupt = new();
        string? source = _model.PathOf(parsed) is { } path && path.EndsWith(".jinja", StringComparison.OrdinalIgnoreCase) ? path : null;
        if (source is not null && parsed.GetValue(_tokens))
        {
            throw new ArgumentException("--tokens needs a model: a template alone has no vocabulary.");
        }
        JsonElement messages = await JsonFile.ReadAsync(parsed.GetRequiredValue(_messages), interrupt.Token);
        JsonElement? tools = parsed.GetValue(_tools) is { } file ? await JsonFile.ReadAsync(file, interrupt.Token) : null;
        TemplateOptions options = new() { Variables = parsed.GetValue(_variables), AddGenerationPrompt = !parsed.GetValue(_noGenerationPrompt) };

        if (parsed.GetValue(_tokens))
        {
            await WriteTokensAsync(parsed, messages, tools, options, interrupt.Token);
            return ExitCode.Success;
        }
        ChatTemplate template;
        if (source is not null)
        {
            template = ChatTemplate.Parse(await File.ReadAllTextAsync(source, interrupt.Token));
        }
        else
        {
            using GgufFile gguf = await _model.OpenAsync(parsed, interrupt.Token);
            template = ChatTemplate.Of(gguf);
        }
        Console.Write(template.Render(messages, tools, options));
        return ExitCode.Success;
    }

    private async Task WriteTokensAsync(ParseResult parsed, JsonElement messages, JsonElement? tools, TemplateOptions options, CancellationToken cancellationToken)
    {
        // A prompt is not computed: the least that a load can do is enough.
        LoadOptions load = new() { ContextLength = 256, Placement = PlacementStrategy.CpuOnly, LoggerFactory = Diagnostics.LoggerFactory(parsed) };
        await using LocalModel model = await LocalModel.LoadAsync(_model.NameOf(parsed), load, cancellationToken);
        foreach (int token in model.TokenizePrompt(messages, tools, options))
        {
            // Quoted as in JSON: spaces and line ends are seen, and one token stays one line.
            Console.Write($"{token,8}  {(model.IsControlToken(token) ? "control" : ""),-7}  ");
            Json.Write(model.Detokenize([token], includeControlTokens: true), Json.Default.String);
        }
    }

    private static Dictionary<string, JsonNode?>? ParseVariables(ArgumentResult result)
    {
        Dictionary<string, JsonNode?> variables = [];
        foreach (Token token in result.Tokens)
        {
            if (token.Value.Split('=', 2) is not [{ Length: > 0 } name, var value])
            {
                result.AddError($"--var takes a name and a value, such as enable_thinking=false, not '{token.Value}'.");
                return null;
            }
            variables[name] = ParseValue(value);
        }
        return variables;
    }

    private static JsonNode? ParseValue(string value)
    {
        try
        {
            return JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            return JsonValue.Create(value);
        }
    }
}
