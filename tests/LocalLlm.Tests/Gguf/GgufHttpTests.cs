using System.Net;

namespace LocalLlm.Tests.Gguf;

public sealed class GgufHttpTests
{
    private static readonly GgufHttpOptions Fast = new() { RetryDelay = TimeSpan.FromMilliseconds(1) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_small_model_is_opened_by_one_range_request()
    {
        await using HttpFileServer server = await HttpFileServer.ServeAsync(HttpTestModels.Small);
        using GgufFile file = await GgufFile.OpenAsync(server.File(), null, Cancellation);
        Assert.Equal("bytes=0-1048575", Assert.Single(server.Requests).Range);
        Assert.Equal(HttpTestModels.Small.Length, file.FileLength);
        Assert.Equal("\"v1\"", file.Parts[0].ETag);
        Assert.Equal(server.File().ToString(), file.Location);
        Assert.Equal("héllo 🦙", file.Metadata.GetString("text"));
        Assert.Empty(file.FormatFindings());
    }

    [Fact]
    public async Task Ranges_double_until_the_header_is_complete()
    {
        await using HttpFileServer server = await HttpFileServer.ServeAsync(HttpTestModels.Large);
        using GgufFile file = await GgufFile.OpenAsync(server.File(), null, Cancellation);
        (long From, long To)[] ranges = [.. server.Requests.Select(request => HttpFileServer.Ends(request.Range!))];
        Assert.Equal((0, 1048575), ranges[0]);
        Assert.InRange(ranges.Length, 2, 5);
        for (int i = 1; i < ranges.Length; i++)
        {
            Assert.Equal(ranges[i - 1].To + 1, ranges[i].From);
            Assert.True(ranges[i].To + 1 >= Math.Min(HttpTestModels.Large.Length, 2 * (ranges[i - 1].To + 1)));
        }

        Assert.Null(server.Requests.First().IfRange);
        Assert.All(server.Requests.Skip(1), request => Assert.Equal("\"v1\"", request.IfRange));
        Assert.Equal(300_000, file.Metadata.GetArray<string>("tokens").Length);
        Assert.Empty(file.FormatFindings());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_without_ranges_is_read_only_as_far_as_needed(bool chunked)
    {
        // 5 MB of header, 60 MB of data that nobody needs.
        byte[] bytes = [.. HttpTestModels.Large, .. new byte[60_000_000]];
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) => HttpFileServer.SendWholeAsync(context, bytes, chunked));
        using CountingClient counting = new();
        using GgufFile file = await GgufFile.OpenAsync(server.File(), new GgufHttpOptions { HttpClient = counting.Client }, Cancellation);
        Assert.Single(server.Requests);
        Assert.Equal(300_000, file.Metadata.GetArray<string>("tokens").Length);
        Assert.Equal(chunked ? null : bytes.Length, file.FileLength);
        Assert.Equal(chunked ? "size-unknown" : "trailing-bytes", Assert.Single(file.FormatFindings()).Code);
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
            await HttpFileServer.WriteAsync(context, HttpTestModels.Large);
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
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, self) => HttpFileServer.SendWholeAsync(context, HttpTestModels.Small, chunked: true));
        using GgufFile file = await GgufFile.OpenAsync(server.File(), null, Cancellation);
        Assert.Equal(HttpTestModels.Small.Length, file.FileLength);
        Assert.Empty(file.FormatFindings());
    }

    [Fact]
    public async Task A_server_that_answers_with_less_than_was_asked_for_is_asked_again()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, self) =>
        {
            HttpFileServer.TryReadRange(context, out long from, out long to);
            context.Request.Headers.Range = $"bytes={from}-{Math.Min(to, from + 399_999)}";
            await HttpFileServer.SendRangeAsync(context, HttpTestModels.Large);
        });
        using GgufFile file = await GgufFile.OpenAsync(server.File(), new GgufHttpOptions { MaxRetries = 0 }, Cancellation);
        Assert.Equal(300_000, file.Metadata.GetArray<string>("tokens").Length);
        Assert.Equal("bytes=400000-1048575", server.Requests.ElementAt(1).Range);
    }

    [Fact]
    public async Task Tensors_are_copied_by_range_requests()
    {
        await using HttpFileServer server = await HttpFileServer.ServeAsync(HttpTestModels.Small);
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

    [Fact]
    public async Task A_split_set_reads_the_header_of_each_part()
    {
        using TestFolder folder = new();
        string path = folder.Write("model.gguf", HttpTestModels.Small);
        IReadOnlyList<string> parts = GgufSplitter.Split(path, path, new GgufSplitOptions { MaxTensors = 2 });
        await using HttpFileServer server = await ServeFolderAsync(folder);
        Uri second = new(server.File("model-00002-of-00003.gguf") + "?download=true");
        using GgufFile file = await GgufFile.OpenAsync(second, null, Cancellation);
        Assert.Equal(3, file.Parts.Count);
        Assert.Empty(file.FormatFindings());
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
        string path = folder.Write("model.gguf", HttpTestModels.Small);
        IReadOnlyList<string> parts = GgufSplitter.Split(path, path, new GgufSplitOptions { MaxTensors = 2 });
        File.Delete(parts[2]);
        await using HttpFileServer server = await ServeFolderAsync(folder);
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GgufFile.OpenAsync(server.File("model-00001-of-00003.gguf"), Fast, Cancellation));
        Assert.Contains("model-00003-of-00003.gguf", e.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, e.StatusCode);
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
}
