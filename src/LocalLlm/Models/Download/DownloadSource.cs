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
    /// <summary>The tag or time that the file must still have for a range to be of the same version; null: the server is not asked to check.</summary>
    public RangeConditionHeaderValue? IfRange { get; init; }

    /// <summary>
    /// Whether all answers are of the same version. False: nothing tells, so that the file is fetched by one request, from its
    /// beginning.
    /// </summary>
    public bool IsPinned { get; init; } = true;

    /// <summary>What an answer that is none means.</summary>
    public required Func<HttpResponseMessage, Exception> Fault { get; init; }
}
