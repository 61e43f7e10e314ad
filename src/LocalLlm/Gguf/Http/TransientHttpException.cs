using System.Net;

namespace LocalLlm.Gguf;

/// <summary>A failure that a retry may cure; never leaves <see cref="HttpSource"/>.</summary>
internal sealed class TransientHttpException(string message, HttpStatusCode? status, TimeSpan? retryAfter, Exception? inner = null)
    : Exception(message, inner)
{
    public HttpStatusCode? Status { get; } = status;

    public TimeSpan? RetryAfter { get; } = retryAfter;
}
