using System.CommandLine;
using System.Net.Http.Headers;

namespace LocalLlm.Cli;

internal sealed class InspectCommand : Command
{
    private const string TokenVariable = "HF_TOKEN";

    private readonly Argument<string> _model = new("MODEL") { Description = $"A GGUF file, any part of a split one, an http(s) address, or '{ModelOptions.Guide}' for the guide model. Only headers are read." };
    private readonly Option<bool> _tensors = new("--tensors") { Description = "Show each tensor." };
    private readonly Option<bool> _token = new("--hf-token") { Description = $"Send the token in the environment variable {TokenVariable} to the address's host." };
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON object. Of an array it holds the first elements and the length, of a chat template the length." };

    internal InspectCommand() : base("inspect", "Shows what is in a GGUF file, and what is wrong with it, without loading it.")
    {
        Add(_model);
        Add(_tensors);
        Add(_token);
        Add(_json);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using Interrupt interrupt = new();
        using GgufFile file = await OpenAsync(parsed, interrupt.Token);
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

    private Task<GgufFile> OpenAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string model = parsed.GetRequiredValue(_model);
        bool token = parsed.GetValue(_token);
        if (!model.Contains("://", StringComparison.Ordinal))
        {
            return token
                ? throw new ArgumentException("--hf-token goes with an http(s) address.")
                : GgufFile.OpenAsync(ModelOptions.PathOf(model), cancellationToken);
        }
        return Uri.TryCreate(model, UriKind.Absolute, out Uri? address)
            ? GgufFile.OpenAsync(address, new GgufHttpOptions { Authorization = token ? Token() : null }, cancellationToken)
            : throw new ArgumentException("MODEL is no address that can be.");
    }

    private static AuthenticationHeaderValue Token() =>
        Environment.GetEnvironmentVariable(TokenVariable)?.Trim() is { Length: > 0 } token
            ? new AuthenticationHeaderValue("Bearer", token)
            : throw new ArgumentException($"--hf-token needs a token in the environment variable {TokenVariable}.");
}
