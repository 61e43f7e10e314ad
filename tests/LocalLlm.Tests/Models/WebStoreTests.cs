using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Models;

public sealed class WebStoreTests
{
    private static readonly byte[] Model = FakeHub.Content(9_000_000, 6);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_is_downloaded_once_and_then_costs_one_HEAD()
    {
        List<string> methods = [];
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, _) =>
        {
            lock (methods)
            {
                methods.Add(context.Request.Method);
            }

            await HttpFileServer.SendRangeAsync(context, Model);
        });
        using TemporaryFolder folder = new();
        Uri address = new(server.Address, "some/tiny-Q8_0.gguf");
        string path = await PullAsync(Store(folder), address);
        Assert.Equal(Model, File.ReadAllBytes(path));
        Assert.Equal("tiny-Q8_0.gguf", Path.GetFileName(path));
        methods.Clear();

        // A signature in an address is no part of what the file is.
        Assert.Equal(path, await PullAsync(Store(folder), new Uri($"{address}?signature=1")));
        Assert.Equal(["HEAD"], methods);
        methods.Clear();
        Assert.Equal(path, await PullAsync(Store(folder, offline: true), address));
        Assert.Empty(methods);
        ModelVariant listed = Assert.Single(Store(folder).List());
        Assert.Equal((address, "Q8_0", path, 9_000_000L), (listed.Reference.Address, listed.Label, listed.LocalPath, listed.Bytes));
        Assert.True(Store(folder).Remove(listed.Reference) >= Model.Length);
        Assert.Empty(Store(folder).List());
        Assert.Throws<ModelNotFoundException>(() => Store(folder).Remove(listed.Reference));
    }

    [Fact]
    public async Task A_file_that_changed_is_fetched_anew_and_one_that_is_gone_comes_from_the_cache()
    {
        byte[] now = Model;
        string etag = "\"v1\"";
        bool isGone = false;
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, _) =>
        {
            if (isGone)
            {
                context.Response.StatusCode = 404;
                return;
            }

            await HttpFileServer.SendRangeAsync(context, now, etag);
        });
        using TemporaryFolder folder = new();
        await PullAsync(Store(folder), server.File());
        now = FakeHub.Content(5_000_000, 7);
        etag = "\"v2\"";
        string path = await PullAsync(Store(folder), server.File());
        Assert.Equal(now, File.ReadAllBytes(path));
        isGone = true;
        Assert.Equal(path, await PullAsync(Store(folder), server.File()));
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(Store(folder), server.File("other.gguf")));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, e.StatusCode);
    }

    [Fact]
    public async Task A_file_that_changes_while_it_is_fetched_is_never_mixed()
    {
        byte[] other = FakeHub.Content(Model.Length, 8);
        int requests = 0;
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, _) =>
        {
            bool isOld = Interlocked.Increment(ref requests) <= 2;
            await HttpFileServer.SendRangeAsync(context, isOld ? Model : other, isOld ? "\"v1\"" : "\"v2\"");
        });
        using TemporaryFolder folder = new();
        await Assert.ThrowsAsync<DownloadException>(() => PullAsync(Store(folder), server.File()));
        string path = await PullAsync(Store(folder), server.File());
        Assert.Equal(other, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task A_server_without_HEAD_is_asked_for_a_byte()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, _) =>
        {
            if (context.Request.Method == "HEAD")
            {
                context.Response.StatusCode = 405;
                return;
            }

            await HttpFileServer.SendRangeAsync(context, Model);
        });
        using TemporaryFolder folder = new();
        Assert.Equal(Model, File.ReadAllBytes(await PullAsync(Store(folder), server.File())));
        Assert.Equal("bytes=0-0", server.Requests.ElementAt(1).Range);
    }

    [Fact]
    public async Task A_server_that_tells_no_length_is_an_error()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, _) => HttpFileServer.SendWholeAsync(context, Model, chunked: true));
        using TemporaryFolder folder = new();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(Store(folder), server.File()));
        Assert.Contains("length", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_parts_of_a_set_are_fetched()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, _) => HttpFileServer.SendRangeAsync(context, Model));
        using TemporaryFolder folder = new();
        string path = await PullAsync(Store(folder), server.File("a-00002-of-00003.gguf?key=1"));
        Assert.Equal("a-00001-of-00003.gguf", Path.GetFileName(path));
        Assert.All([1, 2, 3], part => Assert.Equal(Model, File.ReadAllBytes(path.Replace("00001-of", $"0000{part}-of", StringComparison.Ordinal))));
        Assert.Equal(3, Assert.Single(Store(folder).List()).Files.Count);
    }

    [Theory]
    [InlineData("..%2F..%2Fevil.gguf")]
    [InlineData("..%5Cevil.gguf")]
    [InlineData("NUL.gguf")]
    public async Task A_name_in_an_address_that_is_no_plain_name_is_not_used(string name)
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync((context, _) => HttpFileServer.SendRangeAsync(context, Model));
        using TemporaryFolder folder = new();
        string path = await PullAsync(Store(folder), new Uri($"{server.Address}{name}"));
        Assert.Equal("model.gguf", Path.GetFileName(path));
        Assert.StartsWith(folder.ToString(), path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_hubs_token_does_not_go_to_other_servers()
    {
        await using HttpFileServer server = await HttpFileServer.ServeAsync(Model);
        using TemporaryFolder folder = new();
        ModelStore store = new(new ModelStoreOptions { CacheDirectory = folder.File("hub"), Token = "hf_secret", Offline = false });
        await PullAsync(store, server.File());
        Assert.All(server.Requests, request => Assert.Null(request.Authorization));
    }

    private static ModelStore Store(TemporaryFolder folder, bool offline = false) =>
        new(new ModelStoreOptions { CacheDirectory = folder.File("hub"), Token = "", Offline = offline, MaxRetries = 1, RetryDelay = TimeSpan.FromMilliseconds(1) });

    private static async Task<string> PullAsync(ModelStore store, Uri address) =>
        await store.PullAsync((await store.FindAsync(ModelReference.Parse(address.AbsoluteUri), Cancellation)).Single(), null, Cancellation);
}
