using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LocalLlm.Benchmarks;

/// <summary>
/// A process of its own that serves one file on the loopback interface: as a hub's repository, and below /slow/ with so many
/// bytes per second and connection as its number says.
/// </summary>
internal static class DownloadServer
{
    internal const string Command = "serve-download";
    internal const string Repository = "bench/model";
    private const int SlowPieceBytes = 256 * 1024;

    internal static async Task RunAsync(string file)
    {
        string commit = new('a', 40);
        string sha = await HashAsync(file);
        long length = new FileInfo(file).Length;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(System.Net.IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.MapGet($"/api/models/{Repository}/revision/main", () => Results.Json(
            new { sha = commit, siblings = new[] { new { rfilename = "model.gguf", size = length, lfs = new { sha256 = sha, size = length } } } }));
        app.MapMethods("/{**path}", ["GET", "HEAD"], (string path) => Results.File(file, "application/octet-stream", enableRangeProcessing: true));
        app.MapMethods("/slow/{rate:long}/{name}", ["GET", "HEAD"], (long rate, HttpContext context) => SendSlowlyAsync(context, file, length, rate));
        await app.StartAsync();
        Console.WriteLine(app.Urls.First());
        await Task.Delay(Timeout.Infinite);
    }

    private static async Task<string> HashAsync(string file)
    {
        await using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream));
    }

    private static async Task SendSlowlyAsync(HttpContext context, string file, long length, long rate)
    {
        Microsoft.Net.Http.Headers.RangeItemHeaderValue? range = context.Request.GetTypedHeaders().Range?.Ranges.Single();
        long from = range?.From ?? 0;
        long to = Math.Min(range?.To ?? length - 1, length - 1);
        context.Response.ContentLength = to + 1 - from;
        if (range is not null)
        {
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = $"bytes {from}-{to}/{length}";
        }

        if (context.Request.Method == "HEAD")
        {
            return;
        }

        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        for (long at = from; at <= to; at += SlowPieceBytes)
        {
            await context.Response.SendFileAsync(file, at, Math.Min(SlowPieceBytes, to + 1 - at), context.RequestAborted);
            TimeSpan early = TimeSpan.FromSeconds((at + SlowPieceBytes - from) / (double)rate) - System.Diagnostics.Stopwatch.GetElapsedTime(start);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early, context.RequestAborted);
            }
        }
    }
}
