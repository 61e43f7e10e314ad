using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using LocalLlm.Tests.Gguf;
using Microsoft.AspNetCore.Http;

namespace LocalLlm.Tests.Models;

/// <summary>A real HTTP server that speaks the hub's API for one repository, as far as the store needs it, and misbehaves where told to.</summary>
internal sealed class FakeHub : IAsyncDisposable
{
    public const string Repository = "acme/tiny-GGUF";
    private readonly ConcurrentDictionary<string, byte[]> _blobs = new();
    private HttpFileServer? _server;
    private long _sent;

    public Uri Address => _server!.Address;

    public ConcurrentQueue<(string Method, string Path, string? Range, string? Authorization, string Host)> Requests { get; } = new();

    /// <summary>Requests but for the contents of files.</summary>
    public IEnumerable<(string Method, string Path, string? Range, string? Authorization, string Host)> ApiRequests => Requests.Where(request => !request.Path.StartsWith("/cdn/", StringComparison.Ordinal));

    public IEnumerable<(string Method, string Path, string? Range, string? Authorization, string Host)> CdnRequests => Requests.Where(request => request.Path.StartsWith("/cdn/", StringComparison.Ordinal));

    /// <summary>The files at the commit that main is.</summary>
    public Dictionary<string, byte[]> Files { get; } = [];

    public string Commit { get; set; } = new('a', 40);

    /// <summary>The token that every request to the hub's own host must bring.</summary>
    public string? Token { get; set; }

    /// <summary>The host that contents are served from: another name of this server.</summary>
    public string CdnHost { get; set; } = "127.0.0.1";

    /// <summary>Answers instead of the hub where it returns true.</summary>
    public Func<HttpContext, Task<bool>>? Misbehave { get; set; }

    /// <summary>As <see cref="Misbehave"/>, for the contents of files only.</summary>
    public Func<HttpContext, byte[], Task<bool>>? MisbehaveWithContent { get; set; }

    /// <summary>A pause after each 64 KiB of content.</summary>
    public TimeSpan Pause { get; set; }

    /// <summary>Bytes of content that were sent.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    public static async Task<FakeHub> StartAsync(params (string Name, byte[] Bytes)[] files)
    {
        FakeHub hub = new();
        foreach ((string name, byte[] bytes) in files)
        {
            hub.Files[name] = bytes;
        }

        hub._server = await HttpFileServer.StartAsync((context, _) => hub.AnswerAsync(context));
        return hub;
    }

    /// <summary>Bytes that begin as a GGUF file does.</summary>
    public static byte[] Content(int length, int seed = 0)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        "GGUF"u8.CopyTo(bytes);
        return bytes;
    }

    public static string Sha256Of(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public ModelStoreOptions Options(TemporaryFolder folder) => new()
    {
        CacheDirectory = folder.File("hub"),
        Endpoint = Address,
        Token = "",
        Offline = false,
        RetryDelay = TimeSpan.FromMilliseconds(1),
    };

    /// <summary>The environment of a program that uses it as the hub.</summary>
    public (string Name, string Value)[] Environment(TemporaryFolder folder) =>
        [("HF_HUB_CACHE", folder.File("hub")), ("HF_ENDPOINT", Address.ToString()), ("HF_TOKEN", ""), ("HF_HUB_OFFLINE", "")];

    public ModelStore Store(TemporaryFolder folder) => new(Options(folder));

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private static string? Header(HttpContext context, string name) =>
        context.Request.Headers.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues values) ? values.ToString() : null;

    private static void Refuse(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        context.Response.Headers["X-Error-Code"] = code;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        // Escaped: a revision may hold a slash.
        string path = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget.Split('?')[0];
        Requests.Enqueue((context.Request.Method, path, Header(context, "Range"), Header(context, "Authorization"), context.Request.Host.ToString()));
        if (Misbehave is not null && await Misbehave(context))
        {
            return;
        }

        string[] parts = [.. path.Trim('/').Split('/').Select(Uri.UnescapeDataString)];
        if (parts is ["cdn", var sha] && _blobs.TryGetValue(sha, out byte[]? content))
        {
            await SendAsync(context, content);
        }
        else if (Token is not null && Header(context, "Authorization") != $"Bearer {Token}")
        {
            Refuse(context, 401, "GatedRepo");
        }
        else if (parts is ["api", "models", var owner, var name, .. var rest] && $"{owner}/{name}" == Repository)
        {
            await ApiAsync(context, rest);
        }
        else if (parts is [var user, var repository, "resolve", var revision, .. var file] && $"{user}/{repository}" == Repository)
        {
            await ResolveAsync(context, revision, string.Join('/', file));
        }
        else
        {
            Refuse(context, 404, "RepoNotFound");
        }
    }

    private async Task ApiAsync(HttpContext context, string[] rest)
    {
        if (rest is ["refs"])
        {
            await context.Response.WriteAsync("""{"branches":[{"name":"main"}],"tags":[{"name":"v1"}]}""");
        }
        else if (rest is ["revision", var revision] && IsKnown(revision))
        {
            JsonArray siblings = [.. Files.Select(file => (JsonNode)new JsonObject
            {
                ["rfilename"] = file.Key,
                ["size"] = file.Value.Length,
                ["blobId"] = new string('b', 40),
                ["lfs"] = new JsonObject { ["sha256"] = Sha256Of(file.Value), ["size"] = file.Value.Length, ["pointerSize"] = 135 },
            })];
            await context.Response.WriteAsync(new JsonObject { ["id"] = Repository, ["sha"] = Commit, ["siblings"] = siblings }.ToJsonString());
        }
        else
        {
            Refuse(context, 404, "RevisionNotFound");
        }
    }

    private async Task ResolveAsync(HttpContext context, string revision, string file)
    {
        if (!IsKnown(revision) || !Files.TryGetValue(file, out byte[]? bytes))
        {
            Refuse(context, 404, "EntryNotFound");
            return;
        }

        string sha = Sha256Of(bytes);
        _blobs[sha] = bytes;
        context.Response.StatusCode = 302;
        context.Response.Headers["X-Repo-Commit"] = Commit;
        context.Response.Headers["X-Linked-Etag"] = $"\"{sha}\"";
        context.Response.Headers["X-Linked-Size"] = $"{bytes.Length}";
        context.Response.Headers.Location = $"http://{CdnHost}:{Address.Port}/cdn/{sha}";
        await context.Response.CompleteAsync();
    }

    private async Task SendAsync(HttpContext context, byte[] content)
    {
        if (MisbehaveWithContent is not null && await MisbehaveWithContent(context, content))
        {
            return;
        }

        if (!HttpFileServer.TryReadRange(context, out long from, out long to))
        {
            await HttpFileServer.SendWholeAsync(context, content);
            return;
        }

        to = Math.Min(to, content.Length - 1);
        context.Response.StatusCode = 206;
        context.Response.Headers.ContentRange = $"bytes {from}-{to}/{content.Length}";
        context.Response.ContentLength = to - from + 1;
        for (long at = from; at <= to; at += 65536)
        {
            int count = (int)Math.Min(65536, to + 1 - at);
            await HttpFileServer.WriteAsync(context, content.AsMemory((int)at, count));
            Interlocked.Add(ref _sent, count);
            if (Pause > TimeSpan.Zero)
            {
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(Pause, context.RequestAborted);
            }
        }
    }

    private bool IsKnown(string revision) => revision == "main" || revision == "v1" || revision == "refs/pr/1" || revision == Commit;
}
