using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LocalLlm.Tests.Gguf;

/// <summary>What the server was asked for.</summary>
internal sealed record SeenRequest(string Path, string? Range, string? IfRange, string? Authorization, string Host);

/// <summary>A real HTTP server on the loopback interface that answers as a test wants.</summary>
internal sealed class HttpFileServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HttpFileServer(WebApplication app) => _app = app;

    public ConcurrentQueue<SeenRequest> Requests { get; } = new();

    public Uri Address => new(_app.Urls.First());

    public Uri File(string name = "model.gguf") => new(Address, name);

    public static async Task<HttpFileServer> StartAsync(Func<HttpContext, HttpFileServer, Task> answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(System.Net.IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        HttpFileServer server = new(app);
        app.Run(async context =>
        {
            HttpRequest request = context.Request;
            server.Requests.Enqueue(new SeenRequest(
                request.Path,
                Header(request, "Range"),
                Header(request, "If-Range"),
                Header(request, "Authorization"),
                request.Host.ToString()));
            try
            {
                await answer(context, server);
            }
            catch (OperationCanceledException)
            {
                // The client went away.
            }
        });
        await app.StartAsync();
        return server;
    }

    /// <summary>Serves one file at every path, with ranges and a version tag.</summary>
    public static Task<HttpFileServer> ServeAsync(byte[] bytes, string? etag = "\"v1\"") =>
        StartAsync((context, _) => SendRangeAsync(context, bytes, etag));

    /// <summary>Answers a range request as it should be.</summary>
    public static async Task SendRangeAsync(HttpContext context, byte[] bytes, string? etag = "\"v1\"", long? claimedTotal = null)
    {
        if (etag is not null)
        {
            context.Response.Headers.ETag = etag;
        }

        if (!TryReadRange(context, out long from, out long to)
            || (context.Request.Headers.IfRange.Count > 0 && context.Request.Headers.IfRange != etag))
        {
            await SendWholeAsync(context, bytes);
            return;
        }

        if (from >= bytes.Length)
        {
            context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            context.Response.Headers.ContentRange = $"bytes */{bytes.Length}";
            return;
        }

        to = Math.Min(to, bytes.Length - 1);
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        context.Response.Headers.ContentRange = $"bytes {from}-{to}/{claimedTotal ?? bytes.Length}";
        context.Response.ContentLength = to - from + 1;
        await WriteAsync(context, bytes.AsMemory((int)from, (int)(to - from + 1)));
    }

    /// <summary>Answers with the whole file, as servers do that know no ranges.</summary>
    public static async Task SendWholeAsync(HttpContext context, byte[] bytes, bool chunked = false)
    {
        if (!chunked)
        {
            context.Response.ContentLength = bytes.Length;
        }

        for (int at = 0; at < bytes.Length; at += 16384)
        {
            await WriteAsync(context, bytes.AsMemory(at, Math.Min(16384, bytes.Length - at)));
        }
    }

    public static Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> bytes) =>
        context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();

    public static bool TryReadRange(HttpContext context, out long from, out long to)
    {
        from = to = 0;
        string[] ends = (Header(context.Request, "Range") ?? string.Empty).Replace("bytes=", string.Empty, StringComparison.Ordinal).Split('-');
        return ends.Length == 2 && long.TryParse(ends[0], out from) && long.TryParse(ends[1], out to);
    }

    /// <summary>First and last byte of a Range header.</summary>
    public static (long From, long To) Ends(string range)
    {
        string[] ends = range["bytes=".Length..].Split('-');
        return (long.Parse(ends[0], null), long.Parse(ends[1], null));
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource now = new();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static string? Header(HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues values) ? values.ToString() : null;
}
