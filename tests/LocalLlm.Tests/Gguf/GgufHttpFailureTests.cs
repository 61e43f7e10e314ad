using System.Net;

namespace LocalLlm.Tests.Gguf;

public sealed class GgufHttpFailureTests
{
    private static readonly GgufHttpOptions Fast = new() { RetryDelay = TimeSpan.FromMilliseconds(1) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.RequestTimeout)]
    public async Task Passing_failures_are_tried_again(HttpStatusCode status)
    {
        int failures = 3;
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            if (Interlocked.Decrement(ref failures) >= 0)
            {
                context.Response.StatusCode = (int)status;
                return;
            }

            await HttpFileServer.SendRangeAsync(context, HttpTestModels.Small);
        });
        using GgufFile file = await GgufFile.OpenAsync(server.File(), Fast, Cancellation);
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task Lasting_failures_end_with_the_servers_status()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, _) =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, e.StatusCode);
        Assert.Equal(server.File(), e.Uri);
        Assert.Equal(5, server.Requests.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, "404")]
    [InlineData(HttpStatusCode.Unauthorized, "Authorization")]
    [InlineData(HttpStatusCode.Forbidden, "Authorization")]
    [InlineData(HttpStatusCode.NoContent, "204")]
    [InlineData(HttpStatusCode.Found, "302")]
    public async Task Other_answers_are_errors_at_once(HttpStatusCode status, string expected)
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, _) =>
        {
            context.Response.StatusCode = (int)status;
            return Task.CompletedTask;
        });
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
        Assert.Equal(status, e.StatusCode);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Retry_after_goes_before_the_own_delay()
    {
        int failures = 1;
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            if (Interlocked.Decrement(ref failures) >= 0)
            {
                context.Response.StatusCode = 429;
                context.Response.Headers.RetryAfter = "0";
                return;
            }

            await HttpFileServer.SendRangeAsync(context, HttpTestModels.Small);
        });
        GgufHttpOptions slow = new() { RetryDelay = TimeSpan.FromHours(1) };
        using GgufFile file = await GgufFile.OpenAsync(server.File(), slow, Cancellation);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_connection_that_is_cut_is_continued_where_it_stopped()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            HttpFileServer.TryReadRange(context, out long from, out long to);
            if (self.Requests.Count < 4)
            {
                context.Response.StatusCode = 206;
                context.Response.Headers.ETag = "\"v1\"";
                context.Response.Headers.ContentRange = $"bytes {from}-{to}/{HttpTestModels.Large.Length}";
                context.Response.ContentLength = to - from + 1;
                await HttpFileServer.WriteAsync(context, HttpTestModels.Large.AsMemory((int)from, 100_000));
                await context.Response.Body.FlushAsync();
                await Task.Delay(50, context.RequestAborted);
                context.Abort();
                return;
            }

            await HttpFileServer.SendRangeAsync(context, HttpTestModels.Large);
        });
        using GgufFile file = await GgufFile.OpenAsync(server.File(), Fast, Cancellation);
        Assert.Equal(300_000, file.Metadata.GetArray<string>("tokens").Length);
        Assert.Equal("bytes=100000-1048575", server.Requests.ElementAt(1).Range);
        Assert.Equal("bytes=300000-1048575", server.Requests.ElementAt(3).Range);
    }

    [Fact]
    public async Task A_server_without_ranges_that_cuts_off_is_read_again_from_the_beginning()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            if (self.Requests.Count == 1)
            {
                context.Response.ContentLength = HttpTestModels.Large.Length;
                await HttpFileServer.WriteAsync(context, HttpTestModels.Large.AsMemory(0, 3_000_000));
                await context.Response.Body.FlushAsync();
                await Task.Delay(50, context.RequestAborted);
                context.Abort();
                return;
            }

            await HttpFileServer.SendWholeAsync(context, HttpTestModels.Large);
        });
        using GgufFile file = await GgufFile.OpenAsync(server.File(), Fast, Cancellation);
        Assert.Equal(300_000, file.Metadata.GetArray<string>("tokens").Length);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_server_that_always_cuts_off_is_given_up()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
        Assert.Null(e.StatusCode);
        Assert.NotNull(e.InnerException);
        Assert.InRange(server.Requests.Count, 5, 10);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_tried_again_and_then_given_up()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            context.Response.ContentLength = HttpTestModels.Small.Length;
            await HttpFileServer.WriteAsync(context, HttpTestModels.Small.AsMemory(0, 100));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        GgufHttpOptions options = new() { RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetries = 1, ReadTimeout = TimeSpan.FromSeconds(0.7) };
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), options, Cancellation));
        Assert.Contains("sent nothing for 0.7 seconds", e.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_slow_server_is_waited_for()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            context.Response.ContentLength = HttpTestModels.Small.Length;
            int piece = HttpTestModels.Small.Length / 30;
            for (int at = 0; at < HttpTestModels.Small.Length; at += piece)
            {
                await HttpFileServer.WriteAsync(context, HttpTestModels.Small.AsMemory(at, Math.Min(piece, HttpTestModels.Small.Length - at)));
                await context.Response.Body.FlushAsync();
                await Task.Delay(60, context.RequestAborted);
            }
        });
        // Longer in all than the timeout, which counts from byte to byte.
        GgufHttpOptions options = new() { MaxRetries = 0, ReadTimeout = TimeSpan.FromSeconds(1.5) };
        using GgufFile file = await GgufFile.OpenAsync(server.File(), options, Cancellation);
        Assert.Empty(file.FormatFindings());
    }

    [Fact]
    public async Task A_server_that_drips_is_stopped_by_the_timeout_of_opening()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            for (int at = 0; ; at++)
            {
                await HttpFileServer.WriteAsync(context, HttpTestModels.Small.AsMemory(at, 1));
                await context.Response.Body.FlushAsync();
                await Task.Delay(20, context.RequestAborted);
            }
        });
        GgufHttpOptions options = new() { OpenTimeout = TimeSpan.FromMilliseconds(400) };
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), options, Cancellation));
        Assert.Contains("OpenTimeout", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_running_read()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<GgufFile> opening = GgufFile.OpenAsync(server.File(), null, cancel.Token);
        await Task.Delay(100, Cancellation);
        await cancel.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        Assert.Equal(cancel.Token, e.CancellationToken);
    }

    [Fact]
    public async Task A_host_that_does_not_listen_is_an_error()
    {
        HttpFileServer server = await HttpFileServer.ServeAsync(HttpTestModels.Small);
        Uri address = server.File();
        await server.DisposeAsync();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(address, Fast, Cancellation));
        Assert.Null(e.StatusCode);
    }
}
