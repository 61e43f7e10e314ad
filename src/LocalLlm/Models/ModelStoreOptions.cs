using Microsoft.Extensions.Logging;

namespace LocalLlm;

/// <summary>Where a <see cref="ModelStore"/> keeps models and how it gets them. What is not set comes from the environment, as Hugging Face's own tools have it.</summary>
public sealed record ModelStoreOptions
{
    /// <summary>The folder of the hub's cache, shared with Hugging Face's tools and llama.cpp. Made when something is first written.</summary>
    /// <value>Default: HF_HUB_CACHE, else HF_HOME/hub, else XDG_CACHE_HOME/huggingface/hub, else ~/.cache/huggingface/hub.</value>
    public string? CacheDirectory { get; init; }

    /// <summary>The hub's address, http or https.</summary>
    /// <value>Default: HF_ENDPOINT, else https://huggingface.co.</value>
    public Uri? Endpoint { get; init; }

    /// <summary>The token that is sent to the hub, and to no other host. Empty: none.</summary>
    /// <value>Default: HF_TOKEN, else the file HF_TOKEN_PATH, else the file HF_HOME/token; none where they are missing.</value>
    public string? Token { get; init; }

    /// <summary>Whether the network is never used: only models of the cache are there.</summary>
    /// <value>Default: HF_HUB_OFFLINE (1, on, yes or true).</value>
    public bool? Offline { get; init; }

    /// <summary>
    /// The client to send with, which stays the caller's; null: one of this library's own. Redirects are followed by the store
    /// itself where the client's handler does not.
    /// </summary>
    /// <value>Default: null.</value>
    public HttpClient? HttpClient { get; init; }

    /// <summary>How many parts of a file are downloaded at a time.</summary>
    /// <value>Default: 8. From 1 to 64.</value>
    public int Connections { get; init; } = 8;

    /// <summary>How often a request is tried again after answers 408, 429 and 5xx, dropped connections and silence, without any byte coming in between.</summary>
    /// <value>Default: 5. From 0 to 100.</value>
    public int MaxRetries { get; init; } = 5;

    /// <summary>Wait before the first retry; it doubles with each one, with some jitter, up to a minute. A server's Retry-After goes before it.</summary>
    /// <value>Default: 0.5 seconds.</value>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>How long the server may send nothing before the connection counts as dropped.</summary>
    /// <value>Default: 30 seconds.</value>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets told what the store does: retries, waiting for another process, answers out of the cache when the hub is down.</summary>
    /// <value>Default: null, nobody.</value>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Makes a symbolic link, or returns false where that is not allowed.</summary>
    internal Func<string, string, bool>? MakeLink { get; init; }

    /// <summary>Where it keeps and gets models; never the token.</summary>
    public override string ToString() => $"{nameof(ModelStoreOptions)} {{ {nameof(CacheDirectory)} = {CacheDirectory}, {nameof(Endpoint)} = {Endpoint}, {nameof(Offline)} = {Offline} }}";

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Connections, 1, nameof(Connections));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Connections, 64, nameof(Connections));
        new GgufHttpOptions { MaxRetries = MaxRetries, RetryDelay = RetryDelay, ReadTimeout = ReadTimeout }.Validate();
    }
}
