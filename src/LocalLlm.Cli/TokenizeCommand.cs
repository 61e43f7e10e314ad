using System.CommandLine;

namespace LocalLlm.Cli;

internal sealed class TokenizeCommand : Command
{
    private readonly ModelOptions _model;
    private readonly Argument<string> _text = new("TEXT") { Description = "The text to cut into tokens." };
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON object: count and tokens with id and text." };

    internal TokenizeCommand() : base("tokenize", "Shows the tokens that a model cuts a text into.")
    {
        _model = new ModelOptions(this);
        Add(_text);
        Add(_json);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using Interrupt interrupt = new();
        await using LocalModel model = await _model.LoadAsync(parsed, interrupt.Token);
        TokenJson[] tokens = [.. model.Tokenize(parsed.GetRequiredValue(_text)).Select(id => new TokenJson(id, model.Detokenize([id])))];

        if (parsed.GetValue(_json))
        {
            Json.Write(new TokenizeJson(tokens.Length, tokens), Json.Default.TokenizeJson);
            return ExitCode.Success;
        }
        foreach (TokenJson token in tokens)
        {
            // Quoted as in JSON: spaces and line ends are seen, and one token stays one line.
            Console.Write($"{token.Id,8}  ");
            Json.Write(token.Text, Json.Default.String);
        }
        return ExitCode.Success;
    }
}
