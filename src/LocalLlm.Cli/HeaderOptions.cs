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
        bool token = parsed.GetValue(_token);
        if (PathOf(parsed) is { } path)
        {
            return token
                ? throw new ArgumentException("--hf-token goes with an http(s) address.")
                : GgufFile.OpenAsync(path, cancellationToken);
        }
        ModelStore store = ThisMachine.Store(parsed);
        if (ReferenceOf(parsed) is { Repository: not null } reference)
        {
            return token
                ? throw new ArgumentException("--hf-token goes with an http(s) address: the hub gets the token anyhow.")
                : OpenOneAsync(store, reference, cancellationToken);
        }
        string model = parsed.GetRequiredValue(_model);
        if (!Uri.TryCreate(model, UriKind.Absolute, out Uri? address))
        {
            throw new ArgumentException("MODEL is no address that can be.");
        }
        return store.IsOffline
            ? throw new ModelNotFoundException(model, "HF_HUB_OFFLINE is set: nothing is read from the network.")
            : GgufFile.OpenAsync(address, new GgufHttpOptions { Authorization = token ? Token() : null }, cancellationToken);
    }

    /// <summary>The model's file or folder; null where MODEL is an address or a repository.</summary>
    internal string? PathOf(ParseResult parsed)
    {
        string model = parsed.GetRequiredValue(_model);
        return model.Contains("://", StringComparison.Ordinal) || model.StartsWith("hf:", StringComparison.OrdinalIgnoreCase) ? null : ModelOptions.PathOf(model);
    }

    /// <summary>MODEL, as a load takes it.</summary>
    internal string NameOf(ParseResult parsed) => ModelOptions.PathOf(parsed.GetRequiredValue(_model));

    /// <summary>Whether MODEL may stand for several variants.</summary>
    internal bool IsSeveral(ParseResult parsed) => ReferenceOf(parsed) is { Repository: not null, Variant: null } || Directory.Exists(PathOf(parsed));

    /// <summary>What MODEL refers to; null for an address that only headers can be read from.</summary>
    /// <exception cref="FormatException">It is a repository's, and wrong.</exception>
    internal ModelReference? ReferenceOf(ParseResult parsed)
    {
        string model = ModelOptions.PathOf(parsed.GetRequiredValue(_model));
        return ModelReference.TryParse(model, out ModelReference? reference) ? reference
            : model.StartsWith("hf:", StringComparison.OrdinalIgnoreCase) ? ModelReference.Parse(model)
            : null;
    }

    private static async Task<GgufFile> OpenOneAsync(ModelStore store, ModelReference reference, CancellationToken cancellationToken)
    {
        IReadOnlyList<ModelVariant> variants = await store.FindAsync(reference, cancellationToken);
        return variants is [var one]
            ? await store.OpenHeaderAsync(one, cancellationToken)
            : throw new ModelNotFoundException(reference.ToString(), $"{reference} has several variants: add one of them as {reference}:VARIANT. They are {string.Join(", ", variants)}.");
    }

    private static AuthenticationHeaderValue Token() =>
        Environment.GetEnvironmentVariable(TokenVariable)?.Trim() is { Length: > 0 } token
            ? new AuthenticationHeaderValue("Bearer", token)
            : throw new ArgumentException($"--hf-token needs a token in the environment variable {TokenVariable}.");
}
