using System.Net;
using System.Net.Http.Headers;

namespace LocalLlm.Tests.Gguf;

public sealed class GgufHttpTests
{
    private static readonly byte[] Model = SampleModel.Build();

    /// <summary>A header of 5 MB, so that reading it takes several requests.</summary>
    private static readonly Lazy<byte[]> Large = new(BuildLarge);

    private static readonly GgufHttpOptions Fast = new() { RetryDelay = TimeSpan.FromMilliseconds(1) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_small_model_is_opened_by_one_range_request()
    {
        await using HttpFileServer server = await HttpFileServer.ServeAsync(Model);
        using GgufFile file = await GgufFile.OpenAsync(server.File(), null, Cancellation);
        Assert.Equal("bytes=0-1048575", Assert.Single(server.Requests).Range);
        Assert.Equal(Model.Length, file.FileLength);
        Assert.Equal("\"v1\"", file.Parts[0].ETag);
        Assert.Equal(server.File().ToString(), file.Location);
        Assert.Equal("héllo 🦙", file.Metadata.GetString("text"));
        Assert.Empty(file.Validate());
    }

    [Fact]
    public async Task Ranges_double_until_the_header_is_complete()
    {
        await using HttpFileServer server = await HttpFileServer.ServeAsync(Large.Value);
        using GgufFile file = await GgufFile.OpenAsync(server.File(), null, Cancellation);
        (long From, long To)[] ranges = [.. server.Requests.Select(request => Ends(request.Range!))];
        Assert.Equal((0, 1048575), ranges[0]);
        Assert.InRange(ranges.Length, 2, 5);
        for (int i = 1; i < ranges.Length; i++)
        {
            Assert.Equal(ranges[i - 1].To + 1, ranges[i].From);
            Assert.True(ranges[i].To + 1 >= Math.Min(Large.Value.Length, 2 * (ranges[i - 1].To + 1)));
        }

        Assert.Null(server.Requests.First().IfRange);
        Assert.All(server.Requests.Skip(1), request => Assert.Equal("\"v1\"", request.IfRange));
        Assert.Equal(300_000, file.Metadata.GetArray<string>("tokens").Length);
        Assert.Empty(file.Validate());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_without_ranges_is_read_only_as_far_as_needed(bool chunked)
    {
        // 5 MB of header, 60 MB of data that nobody needs.
        byte[] bytes = [.. Large.Value, .. new byte[60_000_000]];
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) => HttpFileServer.SendWholeAsync(context, bytes, chunked));
        using CountingClient counting = new();
        using GgufFile file = await GgufFile.OpenAsync(server.File(), new GgufHttpOptions { HttpClient = counting.Client }, Cancellation);
        Assert.Single(server.Requests);
        Assert.Equal(300_000, file.Metadata.GetArray<string>("tokens").Length);
        Assert.Equal(chunked ? null : bytes.Length, file.FileLength);
        Assert.Equal(chunked ? "size-unknown" : "trailing-bytes", Assert.Single(file.Validate()).Code);
        await Task.Delay(100, Cancellation);
        Assert.InRange(counting.Received, file.Parts[0].HeaderLength, 2 * file.Parts[0].HeaderLength);
        NotSupportedException e = await Assert.ThrowsAsync<NotSupportedException>(() => file.CopyTensorAsync("t", 0, new byte[4], Cancellation));
        Assert.Contains("range", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_connection_to_a_server_without_ranges_is_closed_once_the_header_is_read()
    {
        TaskCompletionSource closed = new();
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            using CancellationTokenRegistration _ = context.RequestAborted.Register(closed.SetResult);
            context.Response.ContentLength = 1L << 40;
            await HttpFileServer.WriteAsync(context, Large.Value);
            await HttpFileServer.WriteAsync(context, new byte[6_000_000]);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using GgufFile file = await GgufFile.OpenAsync(server.File(), null, Cancellation);
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(5), Cancellation);
        Assert.Equal(1L << 40, file.FileLength);
    }

    [Fact]
    public async Task A_small_model_without_length_is_read_to_its_end()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) => HttpFileServer.SendWholeAsync(context, Model, chunked: true));
        using GgufFile file = await GgufFile.OpenAsync(server.File(), null, Cancellation);
        Assert.Equal(Model.Length, file.FileLength);
        Assert.Empty(file.Validate());
    }

    [Fact]
    public async Task A_server_that_answers_with_less_than_was_asked_for_is_asked_again()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            HttpFileServer.TryReadRange(context, out long from, out long to);
            context.Request.Headers.Range = $"bytes={from}-{Math.Min(to, from + 399_999)}";
            await HttpFileServer.SendRangeAsync(context, Large.Value);
        });
        using GgufFile file = await GgufFile.OpenAsync(server.File(), new GgufHttpOptions { MaxRetries = 0 }, Cancellation);
        Assert.Equal(300_000, file.Metadata.GetArray<string>("tokens").Length);
        Assert.Equal("bytes=400000-1048575", server.Requests.ElementAt(1).Range);
    }

    [Fact]
    public async Task Tensors_are_copied_by_range_requests()
    {
        await using HttpFileServer server = await HttpFileServer.ServeAsync(Model);
        using GgufFile file = await GgufFile.OpenAsync(server.File(), null, Cancellation);
        byte[] expected = SampleModel.Data("token_embd.weight");
        byte[] piece = new byte[100];
        await file.CopyTensorAsync("token_embd.weight", 7, piece, Cancellation);
        Assert.Equal(expected[7..107], piece);
        file.CopyTensor("token_embd.weight", 9, piece);
        Assert.Equal(expected[9..109], piece);
        long from = file.Tensors[0].FileOffset + 9;
        Assert.Equal($"bytes={from}-{from + 99}", server.Requests.Last().Range);
        int before = server.Requests.Count;
        await using Stream stream = file.OpenTensorStream("token_embd.weight");
        MemoryStream copy = new();
        await stream.CopyToAsync(copy, Cancellation);
        Assert.Equal(expected, copy.ToArray());
        Assert.Equal(before + 1, server.Requests.Count);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.CopyTensor("token_embd.weight", 0, piece));
    }

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

            await HttpFileServer.SendRangeAsync(context, Model);
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

            await HttpFileServer.SendRangeAsync(context, Model);
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
                context.Response.Headers.ContentRange = $"bytes {from}-{to}/{Large.Value.Length}";
                context.Response.ContentLength = to - from + 1;
                await HttpFileServer.WriteAsync(context, Large.Value.AsMemory((int)from, 100_000));
                await context.Response.Body.FlushAsync();
                await Task.Delay(50, context.RequestAborted);
                context.Abort();
                return;
            }

            await HttpFileServer.SendRangeAsync(context, Large.Value);
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
                context.Response.ContentLength = Large.Value.Length;
                await HttpFileServer.WriteAsync(context, Large.Value.AsMemory(0, 3_000_000));
                await context.Response.Body.FlushAsync();
                await Task.Delay(50, context.RequestAborted);
                context.Abort();
                return;
            }

            await HttpFileServer.SendWholeAsync(context, Large.Value);
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
            context.Response.ContentLength = Model.Length;
            await HttpFileServer.WriteAsync(context, Model.AsMemory(0, 100));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        GgufHttpOptions options = new() { RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetries = 1, ReadTimeout = TimeSpan.FromMilliseconds(200) };
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), options, Cancellation));
        Assert.Contains("sent nothing for 0.2 seconds", e.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_slow_server_is_waited_for()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            context.Response.ContentLength = Model.Length;
            for (int at = 0; at < Model.Length; at += 400)
            {
                await HttpFileServer.WriteAsync(context, Model.AsMemory(at, Math.Min(400, Model.Length - at)));
                await context.Response.Body.FlushAsync();
                await Task.Delay(60, context.RequestAborted);
            }
        });
        GgufHttpOptions options = new() { MaxRetries = 0, ReadTimeout = TimeSpan.FromMilliseconds(500) };
        using GgufFile file = await GgufFile.OpenAsync(server.File(), options, Cancellation);
        Assert.Empty(file.Validate());
    }

    [Fact]
    public async Task A_server_that_drips_is_stopped_by_the_timeout_of_opening()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            for (int at = 0; ; at++)
            {
                await HttpFileServer.WriteAsync(context, Model.AsMemory(at, 1));
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
    public async Task A_file_that_changes_between_requests_is_noticed_by_its_tag()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) =>
            HttpFileServer.SendRangeAsync(context, Large.Value, self.Requests.Count == 1 ? "\"v1\"" : "\"v2\""));
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
        Assert.Contains("changed", e.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_file_that_changes_between_requests_is_noticed_by_its_size()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) =>
            HttpFileServer.SendRangeAsync(context, self.Requests.Count == 1 ? Large.Value : [.. Large.Value, 0], etag: null));
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
        Assert.Contains("changed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_claims_more_than_it_has_is_an_error()
    {
        byte[] cut = Large.Value[..2_000_000];
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) =>
            HttpFileServer.SendRangeAsync(context, cut, claimedTotal: Large.Value.Length));
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, e.StatusCode);
    }

    [Fact]
    public async Task A_server_that_claims_less_than_it_has_is_an_error_of_the_format()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) =>
            HttpFileServer.SendRangeAsync(context, Large.Value[..2_000_000]));
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

            await HttpFileServer.WriteAsync(context, Model.AsMemory(0, 100));
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
            context.Response.Headers.ContentRange = $"bytes {from}-{Model.Length - 1}/{Model.Length}";
            await HttpFileServer.WriteAsync(context, Model.AsMemory((int)from, Math.Min(700, Model.Length - (int)from)));
        });
        GgufHttpOptions options = new() { RetryDelay = TimeSpan.Zero, MaxRetries = 20 };
        using GgufFile file = await GgufFile.OpenAsync(server.File(), options, Cancellation);
        Assert.Empty(file.Validate());
        Assert.Equal("bytes=700-1048575", server.Requests.ElementAt(1).Range);
    }

    [Fact]
    public async Task An_encoded_answer_is_an_error()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return HttpFileServer.SendWholeAsync(context, Model);
        });
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File(), Fast, Cancellation));
        Assert.Contains("gzip", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_can_not_make_us_read_more_than_the_limit()
    {
        await using HttpFileServer server = await HttpFileServer.ServeAsync(Large.Value);
        GgufHttpOptions options = new() { MaxBytes = 2_000_000 };
        GgufFormatException e = await Assert.ThrowsAsync<GgufFormatException>(() => GgufFile.OpenAsync(server.File(), options, Cancellation));
        Assert.Contains("limit", e.Message, StringComparison.Ordinal);
        Assert.True(server.Requests.Sum(request => Ends(request.Range!).To - Ends(request.Range!).From + 1) <= 2_000_000);
    }

    [Fact]
    public async Task Bytes_read_in_vain_count_against_the_limit()
    {
        // Cuts off again and again, just before the header is complete.
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            context.Response.ContentLength = Large.Value.Length;
            await HttpFileServer.WriteAsync(context, Large.Value.AsMemory(0, 2_000_000));
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
        await using HttpFileServer target = await HttpFileServer.ServeAsync(Model);
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
        await using HttpFileServer target = await HttpFileServer.ServeAsync(Model);
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

            await HttpFileServer.SendRangeAsync(context, Model);
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
    public async Task A_split_set_reads_the_header_of_each_part()
    {
        using TestFolder folder = new();
        string path = folder.Write("model.gguf", Model);
        IReadOnlyList<string> parts = GgufSplitter.Split(path, path, new GgufSplitOptions { MaxTensors = 2 });
        await using HttpFileServer server = await ServeFolderAsync(folder);
        Uri second = new(server.File("model-00002-of-00003.gguf") + "?download=true");
        using GgufFile file = await GgufFile.OpenAsync(second, null, Cancellation);
        Assert.Equal(3, file.Parts.Count);
        Assert.Empty(file.Validate());
        Assert.Equal(server.File("model-00001-of-00003.gguf").ToString(), file.Location);
        Assert.Equal(parts.Sum(part => new FileInfo(part).Length), file.FileLength);
        byte[] data = new byte[file.Tensors[5].ByteLength];
        await file.CopyTensorAsync(file.Tensors[5].Name, 0, data, Cancellation);
        Assert.Equal(SampleModel.Data(file.Tensors[5].Name), data);
    }

    [Fact]
    public async Task A_missing_part_on_a_server_is_named()
    {
        using TestFolder folder = new();
        string path = folder.Write("model.gguf", Model);
        IReadOnlyList<string> parts = GgufSplitter.Split(path, path, new GgufSplitOptions { MaxTensors = 2 });
        File.Delete(parts[2]);
        await using HttpFileServer server = await ServeFolderAsync(folder);
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File("model-00001-of-00003.gguf"), Fast, Cancellation));
        Assert.Contains("model-00003-of-00003.gguf", e.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, e.StatusCode);
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

    [Fact]
    public async Task Wrong_arguments_are_told_at_the_call()
    {
        Uri address = new("http://127.0.0.1/x.gguf");
        await Assert.ThrowsAsync<ArgumentNullException>(() => GgufFile.OpenAsync((Uri)null!, null, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => GgufFile.OpenAsync(new Uri("ftp://127.0.0.1/x.gguf"), null, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => GgufFile.OpenAsync(new Uri("x.gguf", UriKind.Relative), null, Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => GgufFile.OpenAsync(address, new GgufHttpOptions { MaxBytes = 1 }, Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => GgufFile.OpenAsync(address, new GgufHttpOptions { MaxRetries = -1 }, Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => GgufFile.OpenAsync(address, new GgufHttpOptions { ReadTimeout = TimeSpan.Zero }, Cancellation));
    }

    [Fact]
    public async Task A_host_that_does_not_listen_is_an_error()
    {
        HttpFileServer server = await HttpFileServer.ServeAsync(Model);
        Uri address = server.File();
        await server.DisposeAsync();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(address, Fast, Cancellation));
        Assert.Null(e.StatusCode);
    }

    private static Task<HttpFileServer> ServeFolderAsync(TestFolder folder) => HttpFileServer.StartAsync(async (context, self) =>
    {
        string path = folder.File(context.Request.Path.Value!.TrimStart('/'));
        if (!File.Exists(path))
        {
            context.Response.StatusCode = 404;
            return;
        }

        await HttpFileServer.SendRangeAsync(context, await File.ReadAllBytesAsync(path, Cancellation));
    });

    private static (long From, long To) Ends(string range)
    {
        string[] ends = range["bytes=".Length..].Split('-');
        return (long.Parse(ends[0], null), long.Parse(ends[1], null));
    }

    private static byte[] BuildLarge()
    {
        MemoryStream stream = new();
        using GgufWriter writer = GgufWriter.Create(stream);
        writer.Metadata.SetArray<string>("tokens", [.. Enumerable.Range(0, 300_000).Select(i => $"token{i:D6}")]);
        writer.AddTensor("t", GgmlType.F32, 8);
        writer.WriteTensor("t", new byte[32]);
        writer.Complete();
        return stream.ToArray();
    }
}
