using System.Net.Http.Headers;

namespace LocalLlm.Models;

/// <summary>Where the hub and its cache are, and who asks: from options, else from the variables of Hugging Face's own tools.</summary>
internal sealed class HubEnvironment
{
    private static readonly Uri HuggingFace = new("https://huggingface.co/");

    /// <exception cref="ArgumentException">A setting has no value that can be.</exception>
    public HubEnvironment(ModelStoreOptions options, Func<string, string?> variable)
    {
        string home = Folder(variable("HF_HOME"))
            ?? Path.Combine(Folder(variable("XDG_CACHE_HOME")) ?? Path.Combine(UserFolder, ".cache"), "huggingface");
        CacheFolder = Folder(options.CacheDirectory) ?? Folder(variable("HF_HUB_CACHE")) ?? Folder(variable("HUGGINGFACE_HUB_CACHE")) ?? Path.Combine(home, "hub");
        Endpoint = AsFolder(options.Endpoint ?? Address(variable("HF_ENDPOINT")) ?? HuggingFace);
        IsOffline = options.Offline ?? variable("HF_HUB_OFFLINE")?.Trim().ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";
        string? token = options.Token ?? variable("HF_TOKEN") ?? TokenFile(Folder(variable("HF_TOKEN_PATH")) ?? Path.Combine(home, "token"));
        Authorization = token?.Trim() is { Length: > 0 } given ? Bearer(given) : null;
    }

    private static string UserFolder =>
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? home : Path.GetTempPath();

    public string CacheFolder { get; }

    /// <summary>The hub's address, ending in /.</summary>
    public Uri Endpoint { get; }

    public bool IsOffline { get; }

    public AuthenticationHeaderValue? Authorization { get; }

    private static string? Folder(string? path) => string.IsNullOrWhiteSpace(path) ? null
        : path == "~" ? UserFolder
        : path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(UserFolder, path[2..])
        : Path.GetFullPath(path);

    private static Uri? Address(string? text) => string.IsNullOrWhiteSpace(text) ? null
        : Uri.TryCreate(text.Trim(), UriKind.Absolute, out Uri? address) ? address
        : throw new ArgumentException("HF_ENDPOINT is no address that can be.");

    private static Uri AsFolder(Uri endpoint) => endpoint is { IsAbsoluteUri: true, Scheme: "http" or "https", Query: "" }
        ? new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/")
        : throw new ArgumentException("The hub's endpoint (HF_ENDPOINT, ModelStoreOptions.Endpoint) is an http or https address.");

    private static string? TokenFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Most users have none.
            return null;
        }
    }

    private static AuthenticationHeaderValue Bearer(string token) => token.All(c => c is > ' ' and <= '~')
        ? new AuthenticationHeaderValue("Bearer", token)
        : throw new ArgumentException("The token for the hub (HF_TOKEN, ModelStoreOptions.Token) holds characters that no token has.");
}
