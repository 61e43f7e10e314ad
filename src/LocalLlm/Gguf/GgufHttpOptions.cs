using System.Net.Http.Headers;

namespace LocalLlm;

/// <summary>How <see cref="GgufFile.OpenAsync(Uri, GgufHttpOptions, CancellationToken)"/> talks to the server.</summary>
public sealed class GgufHttpOptions
{
    /// <summary>
    /// The client to send with, which stays the caller's. Null: one of this library's own. Give an authorization in
    /// <see cref="Authorization"/>, not in the client's default headers, which would go to every host redirected to.
    /// </summary>
    /// <value>Default: null.</value>
    public HttpClient? HttpClient { get; init; }

    /// <summary>Sent to the address's own host (scheme, name and port), never to another one that it redirects to.</summary>
    /// <value>Default: null, none. For Hugging Face: <c>new("Bearer", token)</c>.</value>
    public AuthenticationHeaderValue? Authorization { get; init; }

    /// <summary>The most bytes that the server may make us read while opening: all parts, repeated and skipped bytes included.</summary>
    /// <value>Default: 268,435,456 (256 MiB). At least 1,048,576.</value>
    public long MaxBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>How often one read is tried again after answers 408, 429 and 5xx, dropped connections and timeouts.</summary>
    /// <value>Default: 4. From 0 to 100.</value>
    public int MaxRetries { get; init; } = 4;

    /// <summary>Wait before the first retry; it doubles with each one, with some jitter. A server's Retry-After goes before it, up to one minute.</summary>
    /// <value>Default: 0.5 seconds.</value>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>How long the server may send nothing before the connection counts as dropped.</summary>
    /// <value>Default: 30 seconds.</value>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long opening may take in all, retries and all parts included.</summary>
    /// <value>Default: 5 minutes.</value>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromMinutes(5);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBytes, 1024 * 1024, nameof(MaxBytes));
        ArgumentOutOfRangeException.ThrowIfNegative(MaxRetries, nameof(MaxRetries));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxRetries, 100, nameof(MaxRetries));
        CheckTime(RetryDelay, TimeSpan.Zero, nameof(RetryDelay));
        CheckTime(ReadTimeout, TimeSpan.FromMilliseconds(1), nameof(ReadTimeout));
        CheckTime(OpenTimeout, TimeSpan.FromMilliseconds(1), nameof(OpenTimeout));
    }

    private static void CheckTime(TimeSpan value, TimeSpan least, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromDays(1), name);
    }
}
