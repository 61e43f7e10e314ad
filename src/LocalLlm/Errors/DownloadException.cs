using System.Net;

namespace LocalLlm;

/// <summary>A file could not be read from the network: the server refused, kept failing, or did not keep to HTTP.</summary>
public sealed class DownloadException : LocalLlmException
{
    /// <summary>Creates an exception with a general message.</summary>
    public DownloadException()
    {
    }

    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">What failed.</param>
    public DownloadException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with a message and its cause.</summary>
    /// <param name="message">What failed.</param>
    /// <param name="innerException">The cause, or null.</param>
    public DownloadException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates an exception that names the address and the server's answer.</summary>
    /// <param name="message">What failed.</param>
    /// <param name="uri">The address that was asked for.</param>
    /// <param name="statusCode">The status of the server's last answer, or null when there was none.</param>
    /// <param name="innerException">The cause, or null.</param>
    public DownloadException(string? message, Uri? uri, HttpStatusCode? statusCode = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Uri = uri;
        StatusCode = statusCode;
    }

    /// <summary>The address that was asked for, or null when not known.</summary>
    public Uri? Uri { get; }

    /// <summary>The status of the server's last answer, or null when it gave none.</summary>
    public HttpStatusCode? StatusCode { get; }
}
