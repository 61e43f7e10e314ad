using System.CommandLine;
using System.Net.Http.Headers;

namespace LocalLlm.Cli;

/// <summary>The argument MODEL of a command that reads headers only, of files or over HTTP.</summary>
internal sealed class HeaderOptions
{
    private const string TokenVariable = "HF_TOKEN";

    private readonly Argument<string> _model = new("MODEL") { Description = $"A GGUF file, any part of a split one, an http(s) address, or '{ModelOptions.Guide}' for the guide model. Only headers are read." };
    private readonly Option<bool> _token = new("--hf-token") { Description = $"Send the token in the environment variable {TokenVariable} to the address's host." };

    internal HeaderOptions(Command command)
    {
        command.Add(_model);
        command.Add(_token);
    }

    internal Task<GgufFile> OpenAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string model = parsed.GetRequiredValue(_model);
        bool token = parsed.GetValue(_token);
        if (PathOf(parsed) is { } path)
        {
            return token
                ? throw new ArgumentException("--hf-token goes with an http(s) address.")
                : GgufFile.OpenAsync(path, cancellationToken);
        }
        return Uri.TryCreate(model, UriKind.Absolute, out Uri? address)
            ? GgufFile.OpenAsync(address, new GgufHttpOptions { Authorization = token ? Token() : null }, cancellationToken)
            : throw new ArgumentException("MODEL is no address that can be.");
    }

    /// <summary>The model's file; null where MODEL is an address.</summary>
    internal string? PathOf(ParseResult parsed)
    {
        string model = parsed.GetRequiredValue(_model);
        return model.Contains("://", StringComparison.Ordinal) ? null : ModelOptions.PathOf(model);
    }

    private static AuthenticationHeaderValue Token() =>
        Environment.GetEnvironmentVariable(TokenVariable)?.Trim() is { Length: > 0 } token
            ? new AuthenticationHeaderValue("Bearer", token)
            : throw new ArgumentException($"--hf-token needs a token in the environment variable {TokenVariable}.");
}
