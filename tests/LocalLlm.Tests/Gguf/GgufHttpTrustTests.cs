using System.Net;
using System.Net.Http.Headers;

namespace LocalLlm.Tests.Gguf;

public sealed class GgufHttpTrustTests
{
    private static readonly GgufHttpOptions Fast = new() { RetryDelay = TimeSpan.FromMilliseconds(1) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_that_changes_between_requests_is_noticed_by_its_tag()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) =>
            HttpFileServer.SendRangeAsync(context, HttpTestModels.Large, self.Requests.Count == 1 ? "\"v1\"" : "\"v2\""));
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
        Assert.Contains("changed", e.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_file_that_changes_between_requests_is_noticed_by_its_size()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) =>
            HttpFileServer.SendRangeAsync(context, self.Requests.Count == 1 ? HttpTestModels.Large : [.. HttpTestModels.Large, 0], etag: null));
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
        Assert.Contains("changed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_claims_more_than_it_has_is_an_error()
    {
        byte[] cut = HttpTestModels.Large[..2_000_000];
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) =>
            HttpFileServer.SendRangeAsync(context, cut, claimedTotal: HttpTestModels.Large.Length));
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, e.StatusCode);
    }

    [Fact]
    public async Task A_server_that_claims_less_than_it_has_is_an_error_of_the_format()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) =>
            HttpFileServer.SendRangeAsync(context, HttpTestModels.Large[..2_000_000]));
        await Assert.ThrowsAsync<GgufFormatException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
    }

    [Theory]
    [InlineData("bytes 5-104/10000")]
    [InlineData("bytes 0-2000000/10000000")]
    [InlineData("items 0-99/10000")]
    [InlineData("bytes */10000")]
    [InlineData(null)]
    public async Task A_range_that_was_not_asked_for_is_an_error(string? range)
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            context.Response.StatusCode = 206;
            if (range is not null)
            {
                context.Response.Headers.ContentRange = range;
            }

            await HttpFileServer.WriteAsync(context, HttpTestModels.Small.AsMemory(0, 100));
        });
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
        Assert.Contains("range", e.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_range_whose_body_is_shorter_than_it_says_is_continued()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            HttpFileServer.TryReadRange(context, out long from, out _);
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{HttpTestModels.Small.Length - 1}/{HttpTestModels.Small.Length}";
            await HttpFileServer.WriteAsync(context, HttpTestModels.Small.AsMemory((int)from, Math.Min(700, HttpTestModels.Small.Length - (int)from)));
        });
        GgufHttpOptions options = new() { RetryDelay = TimeSpan.Zero, MaxRetries = 20 };
        using GgufFile file = await GgufFile.OpenAsync(server.File(), options, Cancellation);
        Assert.Empty(file.FormatFindings());
        Assert.Equal("bytes=700-1048575", server.Requests.ElementAt(1).Range);
    }

    [Fact]
    public async Task An_encoded_answer_is_an_error()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return HttpFileServer.SendWholeAsync(context, HttpTestModels.Small);
        });
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
        Assert.Contains("gzip", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_can_not_make_us_read_more_than_the_limit()
    {
        await using HttpFileServer server = await HttpFileServer.ServeAsync(HttpTestModels.Large);
        GgufHttpOptions options = new() { MaxBytes = 2_000_000 };
        GgufFormatException e = await Assert.ThrowsAsync<GgufFormatException>(() => GgufFile.OpenAsync(server.File(), options, Cancellation));
        Assert.Contains("limit", e.Message, StringComparison.Ordinal);
        Assert.True(server.Requests.Sum(request => HttpFileServer.Ends(request.Range!).To - HttpFileServer.Ends(request.Range!).From + 1) <= 2_000_000);
    }

    [Fact]
    public async Task Bytes_read_in_vain_count_against_the_limit()
    {
        // Cuts off again and again, just before the header is complete.
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            context.Response.ContentLength = HttpTestModels.Large.Length;
            await HttpFileServer.WriteAsync(context, HttpTestModels.Large.AsMemory(0, 2_000_000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(50, context.RequestAborted);
            context.Abort();
        });
        GgufHttpOptions options = new() { RetryDelay = TimeSpan.Zero, MaxRetries = 100, MaxBytes = 10_000_000 };
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), options, Cancellation));
        Assert.Contains("MaxBytes", e.Message, StringComparison.Ordinal);
        Assert.InRange(server.Requests.Count, 4, 7);
    }

    [Fact]
    public async Task Redirects_are_followed_and_the_authorization_stays_with_its_host()
    {
        await using HttpFileServer target = await HttpFileServer.ServeAsync(HttpTestModels.Small);
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) =>
        {
            context.Response.Redirect(context.Request.Path == "/model.gguf" ? "/second.gguf" : target.File("final.gguf?token=secret").ToString());
            return Task.CompletedTask;
        });
        GgufHttpOptions options = new() { Authorization = new AuthenticationHeaderValue("Bearer", "secret") };
        using GgufFile file = await GgufFile.OpenAsync(server.File(), options, Cancellation);
        Assert.Equal(["/model.gguf", "/second.gguf"], server.Requests.Select(request => request.Path));
        Assert.All(server.Requests, request => Assert.Equal("Bearer secret", request.Authorization));
        Assert.Null(Assert.Single(target.Requests).Authorization);
        Assert.Equal(server.File().ToString(), file.Location);
    }

    [Fact]
    public async Task Default_headers_of_a_client_do_not_leak_to_another_host()
    {
        await using HttpFileServer target = await HttpFileServer.ServeAsync(HttpTestModels.Small);
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, _) =>
        {
            context.Response.Redirect(target.File().ToString());
            return Task.CompletedTask;
        });
        using SocketsHttpHandler handler = new() { AllowAutoRedirect = false };
        using HttpClient client = new(handler);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        GgufHttpOptions options = new() { HttpClient = client };
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), options, Cancellation));
        Assert.Contains("GgufHttpOptions.Authorization", e.Message, StringComparison.Ordinal);
        Assert.Empty(target.Requests);
    }

    [Theory]
    [InlineData("ftp://127.0.0.1/x")]
    [InlineData("file:///etc/passwd")]
    public async Task Redirects_to_other_schemes_are_not_followed(string location)
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, _) =>
        {
            context.Response.Redirect(location);
            return Task.CompletedTask;
        });
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
        Assert.Contains("not followed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, _) =>
        {
            context.Response.Redirect("/again.gguf");
            return Task.CompletedTask;
        });
        await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
        Assert.Equal(11, server.Requests.Count);
    }

    [Fact]
    public async Task The_authorization_is_sent_and_a_clients_own_handler_used()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            if (context.Request.Headers.Authorization != "Bearer right")
            {
                context.Response.StatusCode = 401;
                return;
            }

            await HttpFileServer.SendRangeAsync(context, HttpTestModels.Small);
        });
        using HttpClient client = new();
        GgufHttpOptions right = new() { HttpClient = client, Authorization = new AuthenticationHeaderValue("Bearer", "right") };
        using (GgufFile file = await GgufFile.OpenAsync(server.File(), right, Cancellation))
        {
            Assert.Equal("sample", file.Architecture);
        }

        GgufHttpOptions wrong = new() { HttpClient = client, Authorization = new AuthenticationHeaderValue("Bearer", "wrong") };
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), wrong, Cancellation));
        Assert.DoesNotContain("wrong", e.ToString(), StringComparison.Ordinal);
        using HttpResponseMessage own = await client.GetAsync(server.Address, Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, own.StatusCode);
    }

    [Fact]
    public async Task An_empty_file_and_another_file_are_errors_of_the_format()
    {
        await using HttpFileServer empty = await HttpFileServer.ServeAsync([]);
        await Assert.ThrowsAsync<GgufFormatException>(() => GgufFile.OpenAsync(empty.File(), Fast, Cancellation));
        await using HttpFileServer html = await HttpFileServer.ServeAsync("<html>Sign in</html>"u8.ToArray());
        GgufFormatException e = await Assert.ThrowsAsync<GgufFormatException>(() => GgufFile.OpenAsync(html.File(), Fast, Cancellation));
        Assert.Contains("<htm", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_in_an_address_are_not_shown()
    {
        await using HttpFileServer server = await HttpFileServer.ServeAsync("nothing"u8.ToArray());
        Uri address = new(server.File().ToString().Replace("http://", "http://user:pass@", StringComparison.Ordinal) + "?signature=secret");
        GgufFormatException e = await Assert.ThrowsAsync<GgufFormatException>(() => GgufFile.OpenAsync(address, Fast, Cancellation));
        Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("pass", e.Message, StringComparison.Ordinal);
    }
}
