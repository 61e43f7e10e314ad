using System.Net;

namespace LocalLlm;

/// <summary>A file could not be read from the network: the server refused, kept failing, or did not keep to HTTP.</summary>
public sealed class DownloadException : LocalLlmException
{
    /// <summary>Creates the error.</summary>
    /// <param name="uri">The address that was asked for.</param>
    /// <param name="message">What failed, and what to do.</param>
    /// <param name="statusCode">The status of the server's last answer, or null when it gave none.</param>
    /// <param name="innerException">The cause, or null.</param>
    public DownloadException(Uri uri, string message, HttpStatusCode? statusCode = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Uri = uri;
        StatusCode = statusCode;
    }

    /// <summary>The address that was asked for.</summary>
    public Uri Uri { get; }

    /// <summary>The status of the server's last answer, or null when it gave none.</summary>
    public HttpStatusCode? StatusCode { get; }
}
