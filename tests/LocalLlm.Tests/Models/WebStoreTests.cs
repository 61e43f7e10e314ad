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

        Assert.Equal(path, await PullAsync(Store(folder), address));
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

    [Theory]
    [InlineData("date", false)]
    [InlineData("date", true)]
    [InlineData("weak tag", true)]
    [InlineData("nothing", true)]
    public async Task A_file_that_is_replaced_before_it_is_gone_on_with_is_never_mixed(string told, bool replaces)
    {
        const string Old = "Mon, 05 Jan 2026 10:00:00 GMT";
        const string New = "Tue, 06 Jan 2026 10:00:00 GMT";
        byte[] other = FakeHub.Content(Model.Length, 9);
        bool breaks = true;
        bool isReplaced = false;
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, _) =>
        {
            bool isRange = HttpFileServer.TryReadRange(context, out long from, out long _);
            byte[] bytes = isReplaced ? other : Model;
            if (breaks && isRange && from > 0)
            {
                context.Response.StatusCode = 503;
                return;
            }

            if (breaks && !isRange && context.Request.Method == "GET")
            {
                context.Response.ContentLength = bytes.Length;
                await HttpFileServer.WriteAsync(context, bytes.AsMemory(0, 5_000_000));
                await context.Response.Body.FlushAsync();
                await Task.Delay(50);
                context.Abort();
                return;
            }

            if (told == "date")
            {
                string date = isReplaced ? New : Old;
                context.Response.Headers.LastModified = date;
                if (context.Request.Headers.IfRange == date)
                {
                    context.Request.Headers.Remove("If-Range");
                }
            }

            await HttpFileServer.SendRangeAsync(context, bytes, told == "weak tag" ? "W/\"v1\"" : null);
        });
        using TemporaryFolder folder = new();
        ModelStore store = new(new ModelStoreOptions
        {
            CacheDirectory = folder.File("hub"), Token = "", Offline = false, Connections = 1, MaxRetries = 1, RetryDelay = TimeSpan.FromMilliseconds(1),
        });
        ModelVariant variant = (await store.FindAsync(ModelReference.Parse(server.File().AbsoluteUri), Cancellation)).Single();
        await Assert.ThrowsAsync<DownloadException>(() => store.PullAsync(variant, null, Cancellation));
        breaks = false;
        isReplaced = replaces;
        server.Requests.Clear();
        Assert.Equal(replaces ? other : Model, File.ReadAllBytes(await store.PullAsync(variant, null, Cancellation)));
        Assert.All(server.Requests, request => Assert.Equal(told == "date" ? Old : null, request.IfRange));
        Assert.All(server.Requests, request => Assert.Equal(told == "date", request.Range is { } range && HttpFileServer.Ends(range).From > 4_000_000));
    }

    [Fact]
    public async Task Addresses_that_differ_by_their_queries_are_different_files()
    {
        byte[] other = FakeHub.Content(Model.Length, 10);
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, _) =>
        {
            if (context.Request.QueryString.HasValue)
            {
                await HttpFileServer.SendRangeAsync(context, context.Request.QueryString.Value == "?id=1" ? Model : other, etag: null);
            }
            else
            {
                context.Response.StatusCode = 404;
            }
        });
        using TemporaryFolder folder = new();
        string first = await PullAsync(Store(folder), new Uri($"{server.File()}?id=1"));
        string second = await PullAsync(Store(folder), new Uri($"{server.File()}?id=2"));
        Assert.Equal(Model, File.ReadAllBytes(first));
        Assert.Equal(other, File.ReadAllBytes(second));
        Assert.Equal(second, await PullAsync(Store(folder, offline: true), new Uri($"{server.File()}?id=2")));

        // A query may be secret, so it is not listed; what is listed still names each of them.
        IReadOnlyList<ModelVariant> listed = Store(folder).List();
        Assert.Equal(2, listed.Count);
        foreach (ModelVariant one in listed)
        {
            Assert.DoesNotContain("id=", one.Reference.ToString(), StringComparison.Ordinal);
            Assert.Equal(one.LocalPath, await PullAsync(Store(folder, offline: true), one.Reference.Address!));
            Assert.Equal(one.LocalPath, await PullAsync(Store(folder), one.Reference.Address!));
        }

        Store(folder).Remove(listed.Single(one => one.LocalPath == first).Reference);
        Assert.Equal(second, Assert.Single(Store(folder).List()).LocalPath);
    }

    [Fact]
    public async Task Offline_nothing_is_asked()
    {
        await using HttpFileServer server = await HttpFileServer.ServeAsync(Model);
        using TemporaryFolder folder = new();
        ModelVariant variant = (await Store(folder).FindAsync(ModelReference.Parse(server.File().AbsoluteUri), Cancellation)).Single();
        server.Requests.Clear();
        await Assert.ThrowsAsync<ModelNotFoundException>(() => Store(folder, offline: true).PullAsync(variant, null, Cancellation));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task What_is_being_downloaded_is_not_removed()
    {
        await using HttpFileServer server = await HttpFileServer.ServeAsync(Model);
        using TemporaryFolder folder = new();
        ModelStore store = Store(folder);
        string path = await PullAsync(store, server.File());
        ModelReference reference = Assert.Single(store.List()).Reference;
        string lockPath = $"{Path.GetDirectoryName(path)}.lock";
        using (FileStream held = new(lockPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            IOException e = Assert.Throws<IOException>(() => store.Remove(reference));
            Assert.Contains("being downloaded", e.Message, StringComparison.Ordinal);
            Assert.True(File.Exists(path));
        }

        store.Remove(reference);
        Assert.Equal((false, true), (File.Exists(path), File.Exists(lockPath)));
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
