using System.Net;
using LocalLlm.Tests.Gguf;
using Microsoft.AspNetCore.Http;

namespace LocalLlm.Tests.Models;

public sealed class HubStoreTests
{
    private static readonly byte[] Small = FakeHub.Content(300_000, 1);
    private static readonly byte[] Large = FakeHub.Content(9_000_000, 2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ModelReference Hub(string rest = "") => ModelReference.Parse($"hf:{FakeHub.Repository}{rest}");

    [Fact]
    public async Task A_repository_has_its_models_and_no_other_files()
    {
        await using FakeHub hub = await FakeHub.StartAsync(
            ("README.md", [1]), ("tiny-Q8_0.gguf", Large), ("tiny-Q4_K_M.gguf", Small), ("mmproj-tiny-f16.gguf", Small), ("tiny.imatrix.gguf", Small),
            ("BF16/tiny-BF16-00002-of-00002.gguf", Small), ("BF16/tiny-BF16-00001-of-00002.gguf", Large), ("lost-00001-of-00002.gguf", Small));
        using TemporaryFolder folder = new();
        IReadOnlyList<ModelVariant> variants = await hub.Store(folder).FindAsync(Hub(), Cancellation);
        Assert.Equal(
            [("BF16", 9_300_000L, 2), ("Q4_K_M", 300_000L, 1), ("Q8_0", 9_000_000L, 1)],
            variants.Select(variant => (variant.Label!, variant.Bytes, variant.Files.Count)));
        Assert.Equal($"hf:{FakeHub.Repository}:Q8_0", variants[2].Reference.ToString());
        Assert.Equal(FakeHub.Sha256Of(Large), variants[2].Files[0].Sha256);
        Assert.Equal((hub.Commit, null), (variants[2].Commit, variants[2].LocalPath));
        Assert.Equal(["BF16/tiny-BF16-00001-of-00002.gguf", "BF16/tiny-BF16-00002-of-00002.gguf"], variants[0].Files.Select(file => file.Name));
        Assert.Single(hub.Requests);
        Assert.False(Directory.Exists(Path.Combine(folder.File("hub"), "models--acme--tiny-GGUF")));
    }

    [Fact]
    public async Task A_pulled_file_lies_as_the_hubs_own_tools_would_have_put_it()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("sub/tiny-Q8_0.gguf", Large));
        using TemporaryFolder folder = new();
        ModelStore store = new(hub.Options(folder) with { CacheDirectory = folder.File("модели-é") });
        List<DownloadProgress> told = [];
        string path = await store.PullAsync((await store.FindAsync(Hub(":q8_0"), Cancellation)).Single(), new Callback<DownloadProgress>(told.Add), Cancellation);

        string root = Path.Combine(store.CacheDirectory, "models--acme--tiny-GGUF");
        string sha = FakeHub.Sha256Of(Large);
        Assert.Equal(Path.Combine(root, "snapshots", hub.Commit, "sub", "tiny-Q8_0.gguf"), path);
        Assert.Equal($"../../../blobs/{sha}", new FileInfo(path).LinkTarget);
        Assert.Equal(Large, File.ReadAllBytes(path));
        Assert.Equal(hub.Commit, File.ReadAllText(Path.Combine(root, "refs", "main")));
        Assert.Equal([sha], Directory.GetFileSystemEntries(Path.Combine(root, "blobs")).Select(Path.GetFileName));
        Assert.True(File.Exists(Path.Combine(store.CacheDirectory, ".locks", "models--acme--tiny-GGUF", $"{sha}.lock")));
        Assert.Equal((9_000_000L, 9_000_000L), (told[^1].Bytes, told[^1].TotalBytes));
        Assert.All(told.Zip(told.Skip(1)), pair => Assert.True(pair.First.Bytes <= pair.Second.Bytes));
    }

    [Fact]
    public async Task A_second_pull_is_one_HEAD()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large), ("tiny-Q4_K_M.gguf", Small));
        using TemporaryFolder folder = new();
        string first = await PullAsync(hub.Store(folder), Hub(":Q8_0"));
        hub.Requests.Clear();
        Assert.Equal(first, await PullAsync(hub.Store(folder), Hub(":Q8_0")));
        Assert.Equal("HEAD", Assert.Single(hub.Requests).Method);

        hub.Requests.Clear();
        ModelReference sameKey = ModelReference.Parse($"https://hf.co/{FakeHub.Repository}");
        Assert.Equal(2, (await hub.Store(folder).FindAsync(sameKey, Cancellation)).Count);
        Assert.Equal("HEAD", Assert.Single(hub.Requests).Method);

        hub.Requests.Clear();
        Assert.Equal(first, await PullAsync(hub.Store(folder), Hub($":Q8_0@{hub.Commit}")));
        Assert.Empty(hub.Requests);
    }

    [Fact]
    public async Task What_Python_fetched_is_there()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large), ("tiny-Q4_K_M.gguf", Small));
        using TemporaryFolder folder = new();
        string path = AsPythonDoes(folder, hub.Commit, "tiny-Q8_0.gguf", Large);
        Assert.Equal(path, await PullAsync(hub.Store(folder), Hub(":Q8_0")));
        Assert.Equal("HEAD", Assert.Single(hub.Requests).Method);
        ModelVariant listed = Assert.Single(hub.Store(folder).List());
        Assert.Equal(($"hf:{FakeHub.Repository}:Q8_0", path, 9_000_000L), (listed.Reference.ToString(), listed.LocalPath, listed.Bytes));
    }

    [Fact]
    public async Task A_new_commit_with_the_same_file_is_a_new_link_only()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large));
        using TemporaryFolder folder = new();
        string old = await PullAsync(hub.Store(folder), Hub(":Q8_0"));
        hub.Commit = new string('c', 40);
        hub.Requests.Clear();
        string path = await PullAsync(hub.Store(folder), Hub(":Q8_0"));
        Assert.NotEqual(old, path);
        Assert.Equal(Large, File.ReadAllBytes(path));
        Assert.Empty(hub.CdnRequests);
        Assert.Equal(path, await PullAsync(new ModelStore(hub.Options(folder) with { Offline = true }), Hub(":Q8_0")));
    }

    [Fact]
    public async Task A_file_that_changed_is_fetched_and_the_old_one_stays()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large));
        using TemporaryFolder folder = new();
        string old = await PullAsync(hub.Store(folder), Hub(":Q8_0"));
        hub.Commit = new string('c', 40);
        hub.Files["tiny-Q8_0.gguf"] = Small;
        string path = await PullAsync(hub.Store(folder), Hub(":Q8_0"));
        Assert.Equal(Small, File.ReadAllBytes(path));
        Assert.Equal(Large, File.ReadAllBytes(old));
        Assert.Equal(path, Assert.Single(hub.Store(folder).List()).LocalPath);
    }

    [Fact]
    public async Task Where_links_are_not_allowed_files_lie_in_the_snapshot()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large));
        using TemporaryFolder folder = new();
        ModelStore store = new(hub.Options(folder) with { MakeLink = (_, _) => false });
        string path = await PullAsync(store, Hub());
        Assert.Null(new FileInfo(path).LinkTarget);
        Assert.Equal(Large, File.ReadAllBytes(path));
        Assert.Empty(Directory.GetFiles(Path.Combine(store.CacheDirectory, "models--acme--tiny-GGUF", "blobs")));
        hub.Requests.Clear();
        Assert.Equal(path, await PullAsync(store, Hub()));
        Assert.Equal("HEAD", Assert.Single(hub.Requests).Method);
        Assert.True(store.Remove(Hub()) >= Large.Length);
        Assert.Empty(store.List());
    }

    [Fact]
    public async Task Where_links_are_not_allowed_two_pulls_leave_the_file()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large));
        hub.Pause = TimeSpan.FromMilliseconds(20);
        using TemporaryFolder folder = new();
        ModelStore store = new(hub.Options(folder) with { MakeLink = (_, _) => false });
        ModelVariant variant = (await store.FindAsync(Hub(), Cancellation)).Single();
        string[] paths = await Task.WhenAll(store.PullAsync(variant, null, Cancellation), store.PullAsync(variant, null, Cancellation));
        Assert.Equal(paths[0], paths[1]);
        Assert.Equal(Large, File.ReadAllBytes(paths[0]));
        Assert.Equal(Large.Length, hub.Sent);
    }

    [Fact]
    public async Task All_parts_of_a_set_are_pulled_and_only_those_missing()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("t-Q8_0-00001-of-00002.gguf", Small), ("t-Q8_0-00002-of-00002.gguf", Large));
        using TemporaryFolder folder = new();
        string path = await PullAsync(hub.Store(folder), Hub());
        Assert.EndsWith("t-Q8_0-00001-of-00002.gguf", path, StringComparison.Ordinal);
        string second = path.Replace("00001-of", "00002-of", StringComparison.Ordinal);
        Assert.Equal(Large, File.ReadAllBytes(second));
        File.Delete(new FileInfo(path).ResolveLinkTarget(true)!.FullName);
        hub.Requests.Clear();
        Assert.Null((await hub.Store(folder).FindAsync(Hub(), Cancellation)).Single().LocalPath);
        await PullAsync(hub.Store(folder), Hub());
        Assert.Equal(Small, File.ReadAllBytes(path));
        Assert.All(hub.CdnRequests, request => Assert.EndsWith(FakeHub.Sha256Of(Small), request.Path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_in_the_cache_that_was_cut_is_fetched_again()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large));
        using TemporaryFolder folder = new();
        string path = await PullAsync(hub.Store(folder), Hub());
        using (FileStream cut = new(new FileInfo(path).ResolveLinkTarget(true)!.FullName, FileMode.Open))
        {
            cut.SetLength(1000);
        }

        Assert.Equal(path, await PullAsync(hub.Store(folder), Hub()));
        Assert.Equal(Large, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task The_header_is_read_before_anything_is_downloaded_and_the_token_stays_with_the_hub()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", SampleModel.Build()));
        hub.Token = "hf_secret";
        hub.CdnHost = "localhost";
        using TemporaryFolder folder = new();
        ModelStore store = new(hub.Options(folder) with { Token = "hf_secret" });
        ModelVariant variant = (await store.FindAsync(Hub(), Cancellation)).Single();
        using (GgufFile header = await store.OpenHeaderAsync(variant, Cancellation))
        {
            Assert.Equal("sample", header.Architecture);
        }

        Assert.Null(variant.LocalPath);
        using GgufFile local = await store.OpenHeaderAsync(variant with { LocalPath = await store.PullAsync(variant, null, Cancellation) }, Cancellation);
        Assert.Equal("sample", local.Architecture);
        Assert.All(hub.ApiRequests, request => Assert.Equal("Bearer hf_secret", request.Authorization));
        Assert.NotEmpty(hub.CdnRequests);
        Assert.All(hub.CdnRequests, request => Assert.Null(request.Authorization));
    }

    [Fact]
    public async Task The_token_for_a_hub_does_not_go_to_another_that_told_of_the_variant()
    {
        await using FakeHub first = await FakeHub.StartAsync(("tiny-Q8_0.gguf", SampleModel.Build()));
        await using FakeHub second = await FakeHub.StartAsync(("tiny-Q8_0.gguf", SampleModel.Build()));
        second.Token = "hf_secret";
        using TemporaryFolder folder = new();
        ModelVariant variant = (await first.Store(folder).FindAsync(Hub(), Cancellation)).Single();
        first.Requests.Clear();
        ModelStore store = new(second.Options(folder) with { Token = "hf_secret" });
        using GgufFile header = await store.OpenHeaderAsync(variant, Cancellation);
        Assert.Equal("sample", header.Architecture);
        Assert.Empty(first.Requests);
        Assert.All(second.ApiRequests, request => Assert.Equal("Bearer hf_secret", request.Authorization));
    }

    [Fact]
    public async Task Offline_nothing_is_asked()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large), ("tiny-Q4_K_M.gguf", Small));
        using TemporaryFolder folder = new();
        string path = await PullAsync(hub.Store(folder), Hub(":Q8_0"));
        hub.Requests.Clear();
        ModelStore offline = new(hub.Options(folder) with { Offline = true });
        Assert.Equal(path, await PullAsync(offline, Hub()));
        Assert.Equal(path, await PullAsync(offline, Hub(":Q8_0")));
        Assert.Equal(path, Assert.Single(offline.List()).LocalPath);
        foreach (string missing in new[] { $"hf:{FakeHub.Repository}:Q4_K_M", "hf:acme/other", $"hf:{FakeHub.Repository}@v1", $"{hub.Address}x.gguf" })
        {
            ModelNotFoundException e = await Assert.ThrowsAsync<ModelNotFoundException>(() => offline.FindAsync(ModelReference.Parse(missing), Cancellation));
            Assert.Contains("HF_HUB_OFFLINE", e.Message, StringComparison.Ordinal);
        }

        ModelVariant remote = (await hub.Store(folder).FindAsync(Hub(":Q4_K_M"), Cancellation)).Single();
        hub.Requests.Clear();
        await Assert.ThrowsAsync<ModelNotFoundException>(() => offline.PullAsync(remote, null, Cancellation));
        await Assert.ThrowsAsync<ModelNotFoundException>(() => offline.OpenHeaderAsync(remote, Cancellation));
        Assert.Empty(hub.Requests);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    [InlineData(401)]
    [InlineData(404)]
    public async Task With_the_hub_out_of_order_the_cache_still_answers(int status)
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large), ("tiny-Q4_K_M.gguf", Small));
        using TemporaryFolder folder = new();
        string path = await PullAsync(hub.Store(folder), Hub(":Q8_0"));
        hub.Misbehave = context =>
        {
            context.Response.StatusCode = status;
            return Task.FromResult(true);
        };
        Assert.Equal(path, await PullAsync(hub.Store(folder), Hub(":Q8_0")));
        Assert.Equal(path, Assert.Single(await hub.Store(folder).FindAsync(Hub(), Cancellation)).LocalPath);
        Exception e = await Assert.ThrowsAnyAsync<LocalLlmException>(() => hub.Store(folder).FindAsync(Hub(":Q4_K_M"), Cancellation));
        Assert.Contains($"{status}", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("http://hub.invalid")]
    public async Task With_the_hub_out_of_reach_the_cache_still_answers(string endpoint)
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large));
        using TemporaryFolder folder = new();
        string path = await PullAsync(hub.Store(folder), Hub());
        ModelStore cut = new(hub.Options(folder) with { Endpoint = new Uri(endpoint) });
        Assert.Equal(path, await PullAsync(cut, Hub()));
        Assert.Single(cut.List());
        await Assert.ThrowsAsync<DownloadException>(() => cut.FindAsync(ModelReference.Parse("hf:acme/other"), Cancellation));
    }

    [Fact]
    public async Task An_unknown_repository_is_told()
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        using TemporaryFolder folder = new();
        ModelNotFoundException e = await Assert.ThrowsAsync<ModelNotFoundException>(() => hub.Store(folder).FindAsync(ModelReference.Parse("hf:acme/none"), Cancellation));
        Assert.Contains("acme/none", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_revision_is_told_with_those_that_there_are()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large));
        using TemporaryFolder folder = new();
        ModelNotFoundException e = await Assert.ThrowsAsync<ModelNotFoundException>(() => hub.Store(folder).FindAsync(Hub("@v9"), Cancellation));
        Assert.Contains("'v9'. It has main, v1.", e.Message, StringComparison.Ordinal);
        Assert.Single(await hub.Store(folder).FindAsync(Hub("@refs/pr/1"), Cancellation));
    }

    [Fact]
    public async Task An_unknown_variant_is_told_with_those_that_there_are()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large), ("tiny-UD-Q4_K_XL.gguf", Small), ("a-Q4_0.gguf", Small), ("b-Q4_0.gguf", Small));
        using TemporaryFolder folder = new();
        ModelNotFoundException e = await Assert.ThrowsAsync<ModelNotFoundException>(() => hub.Store(folder).FindAsync(Hub(":Q5_K_M"), Cancellation));
        Assert.Contains("no variant 'Q5_K_M'", e.Message, StringComparison.Ordinal);
        Assert.Contains("Q8_0 (tiny-Q8_0.gguf)", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<ModelNotFoundException>(() => hub.Store(folder).FindAsync(Hub(":Q4_0"), Cancellation));
        Assert.Contains("a-Q4_0.gguf, b-Q4_0.gguf", e.Message, StringComparison.Ordinal);
        Assert.Equal("b-Q4_0.gguf", (await hub.Store(folder).FindAsync(Hub(":b-Q4_0.gguf"), Cancellation)).Single().Name);
        Assert.Equal("tiny-UD-Q4_K_XL.gguf", (await hub.Store(folder).FindAsync(Hub(":q4_k_xl"), Cancellation)).Single().Name);
    }

    [Theory]
    [InlineData(401, "GatedRepo")]
    [InlineData(401, "RepoNotFound")]
    [InlineData(403, "GatedRepo")]
    public async Task A_refusal_says_how_to_give_a_token(int status, string code)
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large));
        hub.Misbehave = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers["X-Error-Code"] = code;
            return Task.FromResult(true);
        };
        using TemporaryFolder folder = new();
        LocalLlmException e = await Assert.ThrowsAnyAsync<LocalLlmException>(() => hub.Store(folder).FindAsync(Hub(), Cancellation));
        Assert.Contains("HF_TOKEN", e.Message, StringComparison.Ordinal);
        Assert.Contains($"{status}", e.Message, StringComparison.Ordinal);
        Assert.True(e is ModelNotFoundException || ((DownloadException)e).StatusCode == (HttpStatusCode)status);
        Assert.Single(hub.Requests);
    }

    [Fact]
    public async Task A_gated_repository_whose_list_is_open_says_how_to_give_a_token_when_a_file_is_read()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large));
        hub.Misbehave = context =>
        {
            bool refuses = context.Request.Path.Value!.Contains("/resolve/", StringComparison.Ordinal);
            context.Response.StatusCode = refuses ? 403 : 200;
            return Task.FromResult(refuses);
        };
        using TemporaryFolder folder = new();
        ModelStore store = hub.Store(folder);
        ModelVariant variant = (await store.FindAsync(Hub(), Cancellation)).Single();
        foreach (Func<Task> read in new Func<Task>[] { () => store.OpenHeaderAsync(variant, Cancellation), () => store.PullAsync(variant, null, Cancellation) })
        {
            DownloadException e = await Assert.ThrowsAsync<DownloadException>(read);
            Assert.Equal(HttpStatusCode.Forbidden, e.StatusCode);
            Assert.Contains("HF_TOKEN", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Names_that_are_no_plain_names_never_become_files()
    {
        await using FakeHub hub = await FakeHub.StartAsync(
            ("../../../../evil-Q8_0.gguf", Small), ("/tmp/evil-Q4_0.gguf", Small), (@"..\evil-Q5_0.gguf", Small), ("C:/evil-Q6_K.gguf", Small),
            ("NUL.gguf", Small), ("a\0b-Q2_K.gguf", Small), ("good-Q3_K_M.gguf", Small));
        using TemporaryFolder folder = new();
        ModelVariant only = Assert.Single(await hub.Store(folder).FindAsync(Hub(), Cancellation));
        Assert.Equal("good-Q3_K_M.gguf", only.Name);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("<html>")]
    [InlineData("""{"sha":"../../x","siblings":[]}""")]
    [InlineData("""{"sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","siblings":[{"rfilename":"a.gguf"}]}""")]
    [InlineData("""{"sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","siblings":[{"rfilename":"a.gguf","size":-5}]}""")]
    public async Task An_answer_that_is_not_the_hubs_is_an_error(string answer)
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        hub.Misbehave = async context =>
        {
            await context.Response.WriteAsync(answer);
            return true;
        };
        using TemporaryFolder folder = new();
        await Assert.ThrowsAsync<DownloadException>(() => hub.Store(folder).FindAsync(Hub(), Cancellation));
    }

    [Fact]
    public async Task A_cache_that_takes_no_notes_is_still_read()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large));
        using TemporaryFolder folder = new();
        string path = AsPythonDoes(folder, hub.Commit, "tiny-Q8_0.gguf", Large);
        File.WriteAllText(folder.File("hub/localllm"), "in the way");
        Assert.Equal(path, await PullAsync(hub.Store(folder), Hub()));
    }

    [Fact]
    public async Task A_client_that_is_given_is_used_and_stays_the_callers()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large));
        hub.Token = "hf_secret";
        hub.CdnHost = "localhost";
        using TemporaryFolder folder = new();
        using CountingClient counting = new();
        ModelStore store = new(hub.Options(folder) with { HttpClient = counting.Client, Token = "hf_secret" });
        string path = await PullAsync(store, Hub());
        Assert.Equal(path, await PullAsync(store, Hub()));
        Assert.True(counting.Received > Large.Length);
        Assert.All(hub.CdnRequests, request => Assert.Null(request.Authorization));
        using HttpResponseMessage after = await counting.Client.GetAsync(hub.Address, Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Fact]
    public async Task A_repository_without_models_is_told()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("model.safetensors", Small));
        using TemporaryFolder folder = new();
        ModelNotFoundException e = await Assert.ThrowsAsync<ModelNotFoundException>(() => hub.Store(folder).FindAsync(Hub(), Cancellation));
        Assert.Contains("model.safetensors", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removing_a_variant_leaves_the_others()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large), ("tiny-Q4_K_M.gguf", Small));
        using TemporaryFolder folder = new();
        ModelStore store = hub.Store(folder);
        string large = await PullAsync(store, Hub(":Q8_0"));
        string small = await PullAsync(store, Hub(":Q4_K_M"));
        Assert.Equal(2, store.List().Count);
        Assert.Equal(Large.Length, store.Remove(Hub(":Q8_0")));
        Assert.Equal((false, true), (File.Exists(large), File.Exists(small)));
        Assert.Equal(small, Assert.Single(store.List()).LocalPath);
        ModelNotFoundException e = Assert.Throws<ModelNotFoundException>(() => store.Remove(Hub(":Q8_0")));
        Assert.Contains("Q4_K_M", e.Message, StringComparison.Ordinal);
        Assert.True(store.Remove(Hub()) >= Small.Length);
        Assert.Empty(Directory.GetDirectories(store.CacheDirectory, "models--*"));
        Assert.Throws<ModelNotFoundException>(() => store.Remove(Hub()));
    }

    [Fact]
    public async Task Removing_a_revision_leaves_the_others()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large), ("tiny-Q4_K_M.gguf", Small));
        using TemporaryFolder folder = new();
        string ofPython = AsPythonDoes(folder, new string('d', 40), "model.safetensors", [1, 2, 3]);
        ModelStore store = hub.Store(folder);
        string old = hub.Commit;
        string oldLarge = await PullAsync(store, Hub(":Q8_0@v1"));
        string oldSmall = await PullAsync(store, Hub(":Q4_K_M@v1"));
        hub.Commit = new string('c', 40);
        hub.Files["tiny-Q8_0.gguf"] = FakeHub.Content(Large.Length, 11);
        string large = await PullAsync(store, Hub(":Q8_0"));
        string small = await PullAsync(store, Hub(":Q4_K_M"));

        Assert.Equal(Large.Length, store.Remove(Hub(":Q8_0@v1")));
        Assert.Equal((false, true, true, true), (File.Exists(oldLarge), File.Exists(oldSmall), File.Exists(large), File.Exists(small)));

        // Its content is that of another commit, too.
        Assert.Equal(0, store.Remove(Hub($"@{old}")));
        Assert.False(File.Exists(oldSmall));
        Assert.Equal(Small, File.ReadAllBytes(small));
        Assert.Equal(hub.Files["tiny-Q8_0.gguf"], File.ReadAllBytes(large));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(ofPython));
        Assert.Throws<ModelNotFoundException>(() => store.Remove(Hub($"@{old}")));
        Assert.Throws<ModelNotFoundException>(() => store.Remove(Hub(":Q8_0@v9")));
        Assert.Equal(2, store.List().Count);
    }

    [Fact]
    public async Task What_is_being_downloaded_is_not_removed()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large), ("tiny-Q4_K_M.gguf", Small));
        using TemporaryFolder folder = new();
        ModelStore store = hub.Store(folder);
        string large = await PullAsync(store, Hub(":Q8_0"));
        string small = await PullAsync(store, Hub(":Q4_K_M"));
        string lockPath = Path.Combine(store.CacheDirectory, ".locks", "models--acme--tiny-GGUF", $"{FakeHub.Sha256Of(Large)}.lock");
        using (FileStream held = new(lockPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            foreach (string rest in new[] { "", ":Q8_0", $"@{hub.Commit}" })
            {
                IOException e = Assert.Throws<IOException>(() => store.Remove(Hub(rest)));
                Assert.Contains("being downloaded", e.Message, StringComparison.Ordinal);
            }

            Assert.Equal((true, true), (File.Exists(large), File.Exists(small)));
            store.Remove(Hub(":Q4_K_M"));
        }

        store.Remove(Hub());
        Assert.Equal((false, true), (File.Exists(large), File.Exists(lockPath)));
    }

    [Fact]
    public async Task A_model_of_another_revision_is_listed_under_its_commit()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Large));
        using TemporaryFolder folder = new();
        string path = await PullAsync(hub.Store(folder), Hub($"@{hub.Commit}"));
        ModelVariant listed = Assert.Single(hub.Store(folder).List());
        Assert.Equal($"hf:{FakeHub.Repository}:Q8_0@{hub.Commit}", listed.Reference.ToString());
        hub.Requests.Clear();
        Assert.Equal(path, await PullAsync(hub.Store(folder), listed.Reference));
        Assert.Empty(hub.Requests);
    }

    [Fact]
    public void Without_a_cache_nothing_is_listed()
    {
        using TemporaryFolder folder = new();
        Assert.Empty(new ModelStore(new ModelStoreOptions { CacheDirectory = folder.File("none") }).List());
        Assert.False(Directory.Exists(folder.File("none")));
    }

    [Fact]
    public async Task A_cancelled_search_ends_at_once()
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        hub.Misbehave = async context =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return true;
        };
        using TemporaryFolder folder = new();
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<IReadOnlyList<ModelVariant>> finding = hub.Store(folder).FindAsync(Hub(), cancel.Token);
        await Task.Delay(200, Cancellation);
        await cancel.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => finding.WaitAsync(TimeSpan.FromSeconds(10), Cancellation));
        Assert.Equal(cancel.Token, e.CancellationToken);
    }

    private static async Task<string> PullAsync(ModelStore store, ModelReference reference) =>
        await store.PullAsync((await store.FindAsync(reference, Cancellation)).Single(), null, Cancellation);

    private static string AsPythonDoes(TemporaryFolder folder, string commit, string name, byte[] bytes)
    {
        string root = Path.Combine(folder.File("hub"), "models--acme--tiny-GGUF");
        foreach (string part in new[] { "blobs", "refs", $"snapshots/{commit}" })
        {
            Directory.CreateDirectory(Path.Combine(root, part));
        }

        string sha = FakeHub.Sha256Of(bytes);
        File.WriteAllBytes(Path.Combine(root, "blobs", sha), bytes);
        File.WriteAllText(Path.Combine(root, "refs", "main"), commit);
        string path = Path.Combine(root, "snapshots", commit, name);
        File.CreateSymbolicLink(path, $"../../blobs/{sha}");
        return path;
    }
}
