using System.Net;

namespace LocalLlm.Gguf;

/// <summary>Tells failures that a retry may cure from those that it can't.</summary>
internal static class HttpFaults
{
    /// <summary>The longest wait that a server may ask for.</summary>
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromMinutes(1);

    /// <summary>Dropped connections and silence; not what the caller cancelled.</summary>
    public static bool IsTransient(Exception exception, HttpDeadline deadline, CancellationToken cancellationToken) => exception switch
    {
        OperationCanceledException { InnerException: TimeoutException } => !cancellationToken.IsCancellationRequested,
        OperationCanceledException or ObjectDisposedException => deadline.Token.IsCancellationRequested && !cancellationToken.IsCancellationRequested,
        HttpRequestException request => request.HttpRequestError is not (HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError
            or HttpRequestError.UserAuthenticationError
            or HttpRequestError.ConfigurationLimitExceeded
            or HttpRequestError.InvalidResponse),
        IOException => true,
        _ => false,
    };

    /// <summary>Answers that another try may not get.</summary>
    public static bool IsTransient(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500;

    /// <summary>The exception for a failure that a retry may cure.</summary>
    public static TransientHttpException Transient(Exception exception, TimeSpan timeout) =>
        new(Describe(exception, timeout), (exception as HttpRequestException)?.StatusCode, null, exception);

    /// <summary>The exception for a failure that it can't.</summary>
    public static DownloadException Unreadable(Uri address, HttpRequestException exception) =>
        new(address, $"{HttpAddress.Display(address)} could not be read: {exception.Message}", exception.StatusCode, exception);

    /// <summary>A failure in words.</summary>
    public static string Describe(Exception exception, TimeSpan timeout) => exception is OperationCanceledException or ObjectDisposedException
        ? $"the server sent nothing for {timeout.TotalSeconds:0.###} seconds"
        : exception.Message;

    /// <summary>The exception for an answer that is none.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="address">What was asked for.</param>
    /// <param name="authorizationHint">What to do where the server wants an authorization, as a sentence.</param>
    public static Exception ForStatus(HttpResponseMessage response, Uri address, string authorizationHint)
    {
        HttpStatusCode status = response.StatusCode;
        string answer = $"the server answered {(int)status} {response.ReasonPhrase}".TrimEnd();
        if (IsTransient(status))
        {
            return new TransientHttpException(answer, status, RetryAfter(response));
        }

        string hint = status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => $" {authorizationHint}",
            _ => string.Empty,
        };
        return new DownloadException(address, $"{HttpAddress.Display(address)} could not be read: {answer}.{hint}", status);
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        TimeSpan? wait = response.Headers.RetryAfter?.Delta ?? (response.Headers.RetryAfter?.Date - DateTimeOffset.UtcNow);
        return wait is not TimeSpan time ? null : time < TimeSpan.Zero ? TimeSpan.Zero : time > MaxRetryAfter ? MaxRetryAfter : time;
    }
}
