using System.Net;
using LocalLlm.Gguf;

namespace LocalLlm.Models;

/// <summary>What the hub's refusals mean, and what to do about them.</summary>
internal static class HubFaults
{
    public const string NoRevision = "RevisionNotFound";
    private const string NoRepository = "RepoNotFound";

    public static string? ErrorCode(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Error-Code", out IEnumerable<string>? values) ? values.First() : null;

    public static ModelNotFoundException NoSuchRevision(string repository, string revision, IReadOnlyList<string> names)
    {
        string what = names.Count == 0 ? "" : $" It has {string.Join(", ", names.Take(20))}.";
        return new ModelNotFoundException(HubAddress.Text(repository, null, revision), $"The repository {repository} has no revision '{revision}'.{what}");
    }

    /// <summary>The exception for an answer to a request about a repository or a file in it.</summary>
    public static Exception Of(HttpResponseMessage response, Uri address, string repository, HubEnvironment environment)
    {
        HttpStatusCode status = response.StatusCode;
        string? code = ErrorCode(response);
        string host = environment.Endpoint.Authority;
        return status switch
        {
            // The hub hides private repositories from strangers.
            HttpStatusCode.Unauthorized when code == NoRepository => new ModelNotFoundException(
                HubAddress.Text(repository, null, null),
                $"There is no repository {repository} at {host}, or it is private (401). {TokenHelp(environment, "For a private one")}"),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Refused(address, repository, environment, status),
            HttpStatusCode.NotFound when code is null or NoRepository => new ModelNotFoundException(
                HubAddress.Text(repository, null, null), $"There is no repository {repository} at {host} (404)."),
            HttpStatusCode.NotFound => new ModelNotFoundException(
                HubAddress.Text(repository, null, null), $"{HttpAddress.Display(address)} is not there (404 {HubNames.Printable(code!)})."),
            _ => HttpFaults.ForStatus(response, address, string.Empty),
        };
    }

    /// <summary>The exception for an answer to a request for the content of a file, which may be that of another host than the hub's.</summary>
    public static Exception OfFile(HttpResponseMessage response, Uri address, string repository, string commit, string path, HubEnvironment environment) =>
        response.StatusCode == HttpStatusCode.NotFound && ErrorCode(response) != NoRepository
            ? new ModelNotFoundException(HubAddress.Text(repository, path, commit), $"The repository {repository} does not give {path} at the commit {commit}: it is not there (404).")
            : Of(response, address, repository, environment);

    public static bool IsRefusal(HttpStatusCode? status) => status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;

    public static DownloadException Refused(Uri address, string repository, HubEnvironment environment, HttpStatusCode status) => new(
        address,
        $"{environment.Endpoint.Authority} does not give {repository} to you ({(int)status}): it may be gated or private. Where it is gated, accept its terms at {HttpAddress.Display(new Uri(environment.Endpoint, repository))}. {TokenHelp(environment, "Then")}",
        status);

    private static string TokenHelp(HubEnvironment environment, string when) => environment.Authorization is null
        ? $"{when} give a token of your account that may read it: in the environment variable HF_TOKEN, or in ModelStoreOptions.Token."
        : $"{when} give a token that may read it; the one in HF_TOKEN, HF_HOME/token or ModelStoreOptions.Token may not.";
}
