using System.Net.Http.Headers;

namespace LocalLlm.Models;

/// <summary>A file on a server: where it is, and what is known of it before it is fetched.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Sha256">The SHA-256 that it must have; null: nobody says.</param>
/// <param name="Version">Which version of the file it is: two with the same one have the same bytes.</param>
internal sealed record DownloadSource(string Name, Uri Address, long Length, string? Sha256, string Version)
{
    /// <summary>The tag that a server must still give the file for a range to be of the same version; null: it is not asked to check.</summary>
    public EntityTagHeaderValue? IfRange { get; init; }

    /// <summary>What an answer that is none means.</summary>
    public required Func<HttpResponseMessage, Exception> Fault { get; init; }
}
