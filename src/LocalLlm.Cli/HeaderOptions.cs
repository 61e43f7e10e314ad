using System.CommandLine;
using System.Net.Http.Headers;

namespace LocalLlm.Cli;

/// <summary>The argument MODEL of a command that reads headers only, of files or over HTTP.</summary>
internal sealed class HeaderOptions
{
    private const string TokenVariable = "HF_TOKEN";

    private readonly Argument<string> _model = new("MODEL");
    private readonly Option<bool> _token = new("--hf-token") { Description = $"Send the token in the environment variable {TokenVariable} to the address's host." };

    /// <param name="command">The command that gets them.</param>
    /// <param name="orElse">What MODEL may be besides.</param>
    internal HeaderOptions(Command command, string orElse = "")
    {
        _model.Description = $"A GGUF file, any part of a split one, an http(s) address, hf:owner/repo:VARIANT, or '{ModelOptions.Guide}' for the guide model{orElse}. Only headers are read.";
        command.Add(_model);
        command.Add(_token);
    }

    internal Task<GgufFile> OpenAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string model = parsed.GetRequiredValue(_model);
        bool token = parsed.GetValue(_token);
        if (IsHub(model))
        {
            return token
                ? throw new ArgumentException("--hf-token goes with an http(s) address: the hub gets the token anyhow.")
                : OpenHubAsync(model, cancellationToken);
        }
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
        return IsHub(model) || model.Contains("://", StringComparison.Ordinal) ? null : ModelOptions.PathOf(model);
    }

    /// <summary>MODEL, as a load takes it.</summary>
    internal string NameOf(ParseResult parsed) => ModelOptions.PathOf(parsed.GetRequiredValue(_model));

    /// <summary>Whether MODEL may stand for several variants.</summary>
    internal bool IsSeveral(ParseResult parsed) => ReferenceOf(parsed) is { Repository: not null, Variant: null } || Directory.Exists(PathOf(parsed));

    internal ModelReference ReferenceOf(ParseResult parsed) => ModelReference.Parse(NameOf(parsed));

    private static bool IsHub(string model) => model.StartsWith("hf:", StringComparison.OrdinalIgnoreCase);

    private static async Task<GgufFile> OpenHubAsync(string model, CancellationToken cancellationToken)
    {
        ModelStore store = new();
        IReadOnlyList<ModelVariant> variants = await store.FindAsync(ModelReference.Parse(model), cancellationToken);
        return variants is [var one]
            ? await store.OpenHeaderAsync(one, cancellationToken)
            : throw new ModelNotFoundException(model, $"{model} has several variants: add one of them as {model}:VARIANT. They are {string.Join(", ", variants)}.");
    }

    private static AuthenticationHeaderValue Token() =>
        Environment.GetEnvironmentVariable(TokenVariable)?.Trim() is { Length: > 0 } token
            ? new AuthenticationHeaderValue("Bearer", token)
            : throw new ArgumentException($"--hf-token needs a token in the environment variable {TokenVariable}.");
}
