using System.Net;
using LocalLlm.Models;
using LocalLlm.Tests.Gguf;
using Microsoft.AspNetCore.Http;

namespace LocalLlm.Tests.Models;

public sealed class DownloadFaultTests
{
    private static readonly byte[] Model = FakeHub.Content(20_000_000, 3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(408)]
    public async Task Passing_failures_are_tried_again(int status)
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        int failures = 4;
        hub.MisbehaveWithContent = (context, _) => Refused(context, status, () => Interlocked.Decrement(ref failures) >= 0);
        await PullWholeAsync(hub);
    }

    [Fact]
    public async Task Lasting_failures_end_with_the_servers_status_and_keep_what_came()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = (context, _) => Refused(context, 503, () => HttpFileServer.TryReadRange(context, out long from, out long _) && from >= 8_000_000);
        using TemporaryFolder folder = new();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(hub, folder, options => options with { RetryDelay = TimeSpan.FromMilliseconds(50) }));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, e.StatusCode);
        long before = hub.Sent;
        hub.MisbehaveWithContent = null;
        await PullWholeAsync(hub, folder);
        Assert.True(hub.Sent - before < Model.Length - 7_000_000, $"{hub.Sent - before} bytes were fetched again");
    }

    [Fact]
    public async Task Retry_after_goes_before_the_own_delay()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        int failures = 1;
        hub.MisbehaveWithContent = (context, _) =>
        {
            context.Response.Headers.RetryAfter = "0";
            return Refused(context, 429, () => Interlocked.Decrement(ref failures) >= 0);
        };
        await PullWholeAsync(hub, options: options => options with { RetryDelay = TimeSpan.FromHours(1) });
    }

    [Fact]
    public async Task Dropped_connections_are_gone_on_with_and_the_count_starts_anew_when_bytes_came()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        int drops = 0;
        hub.MisbehaveWithContent = async (context, content) =>
        {
            HttpFileServer.TryReadRange(context, out long from, out long to);
            if (to - from < 600_000)
            {
                return false;
            }

            // Many more than the retries that are allowed in a row.
            Interlocked.Increment(ref drops);
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{to}/{content.Length}";
            context.Response.ContentLength = to - from + 1;
            await HttpFileServer.WriteAsync(context, content.AsMemory((int)from, 500_000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(20);
            context.Abort();
            return true;
        };
        await PullWholeAsync(hub, options: options => options with { MaxRetries = 1 });
        Assert.True(drops > 20);
    }

    [Fact]
    public async Task A_server_that_always_drops_is_given_up()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = (context, _) =>
        {
            context.Abort();
            return Task.FromResult(true);
        };
        using TemporaryFolder folder = new();
        await Assert.ThrowsAsync<DownloadException>(() => PullAsync(hub, folder, options => options with { MaxRetries = 2 }));
        Assert.InRange(hub.CdnRequests.Count(), 3, 8);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_tried_again_and_then_given_up()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = async (context, _) =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return true;
        };
        using TemporaryFolder folder = new();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(
            () => PullAsync(hub, folder, options => options with { MaxRetries = 1, ReadTimeout = TimeSpan.FromSeconds(0.5) }));
        Assert.Contains("sent nothing for 0.5 seconds", e.Message, StringComparison.Ordinal);
        Assert.Equal(2, hub.CdnRequests.Count());
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_is_read_in_one_piece()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = async (context, content) =>
        {
            await HttpFileServer.SendWholeAsync(context, content);
            return true;
        };
        await PullWholeAsync(hub);
        Assert.Single(hub.CdnRequests);
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_and_drops_is_read_from_the_beginning_again()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = async (context, content) =>
        {
            if (hub.CdnRequests.Count() < 3)
            {
                context.Response.ContentLength = content.Length;
                await HttpFileServer.WriteAsync(context, content.AsMemory(0, 5_000_000));
                await context.Response.Body.FlushAsync();
                await Task.Delay(50);
                context.Abort();
                return true;
            }

            await HttpFileServer.SendWholeAsync(context, content, chunked: true);
            return true;
        };
        await PullWholeAsync(hub);
        Assert.Equal(3, hub.CdnRequests.Count());
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_and_always_drops_is_given_up()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = async (context, content) =>
        {
            context.Response.ContentLength = content.Length;
            await HttpFileServer.WriteAsync(context, content.AsMemory(0, 1_000_000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(20);
            context.Abort();
            return true;
        };
        using TemporaryFolder folder = new();
        await Assert.ThrowsAsync<DownloadException>(() => PullAsync(hub, folder, options => options with { MaxRetries = 2 }));
        Assert.InRange(hub.CdnRequests.Count(), 3, 5);
    }

    [Fact]
    public async Task A_server_that_sends_less_than_was_asked_for_is_asked_for_the_rest()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = async (context, content) =>
        {
            HttpFileServer.TryReadRange(context, out long from, out long to);
            to = Math.Min(to, from + 1_999_999);
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{to}/*";
            await HttpFileServer.WriteAsync(context, content.AsMemory((int)from, (int)(to + 1 - from)));
            return true;
        };
        await PullWholeAsync(hub);
    }

    [Theory]
    [InlineData("bytes 0-3999999/19999999", 4_000_000, "19999999 bytes")]
    [InlineData("bytes 0-3999999/20000001", 4_000_000, "20000001 bytes")]
    [InlineData("bytes 1-4000000/20000000", 4_000_000, "range")]
    [InlineData("bytes 0-19999999/20000000", 4_000_000, "range")]
    [InlineData("bytes 0-99/20000000", 4_000_000, "4000000 bytes")]
    [InlineData("chunks 0-1/2", 4_000_000, "range")]
    public async Task A_server_that_lies_about_ranges_and_lengths_is_an_error(string range, int length, string expected)
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = async (context, content) =>
        {
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = range;
            context.Response.ContentLength = length;
            await HttpFileServer.WriteAsync(context, content.AsMemory(0, length));
            return true;
        };
        using TemporaryFolder folder = new();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(hub, folder));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Single(hub.CdnRequests);
    }

    [Theory]
    [InlineData(19_999_999)]
    [InlineData(20_000_001)]
    public async Task A_whole_file_of_another_length_is_an_error(int length)
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = async (context, content) =>
        {
            context.Response.ContentLength = length;
            await HttpFileServer.WriteAsync(context, content.AsMemory(0, 1000));
            return true;
        };
        using TemporaryFolder folder = new();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(hub, folder));
        Assert.Contains($"{length} bytes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_file_that_does_not_end_is_an_error()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = async (context, content) =>
        {
            await HttpFileServer.SendWholeAsync(context, [.. content, 1], chunked: true);
            return true;
        };
        using TemporaryFolder folder = new();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(hub, folder));
        Assert.Contains("more than 20000000 bytes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_web_page_is_no_model()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = async (context, _) =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync("<!DOCTYPE html><p>Please log in");
            return true;
        };
        using TemporaryFolder folder = new();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(hub, folder));
        Assert.Contains("web page", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_begin_as_GGUF_is_no_model()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", [.. "PK"u8, .. new byte[1000]]));
        using TemporaryFolder folder = new();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(hub, folder));
        Assert.Contains("no GGUF file", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirects_in_circles_end()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = (context, _) =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = context.Request.Path.Value;
            return Task.FromResult(true);
        };
        using TemporaryFolder folder = new();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(hub, folder));
        Assert.Contains("redirects more than", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://127.0.0.1/x")]
    [InlineData("file:///etc/passwd")]
    public async Task Redirects_to_other_protocols_are_not_followed(string location)
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = (context, _) =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = location;
            return Task.FromResult(true);
        };
        using TemporaryFolder folder = new();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(hub, folder));
        Assert.Contains("not followed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_file_is_kept_aside_and_fetched_once_more()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        bool damages = true;
        hub.MisbehaveWithContent = (context, content) => DamagedAsync(context, content, () => damages);
        using CallbackLoggerFactory log = new((_, line) => damages &= !line.Contains("came damaged", StringComparison.Ordinal));
        using TemporaryFolder folder = new();
        string path = await PullAsync(hub, folder, options => options with { LoggerFactory = log });
        Assert.False(damages);
        Assert.Equal(Model, File.ReadAllBytes(path));
        string aside = Assert.Single(Directory.GetFiles(folder.ToString(), "*.damaged", SearchOption.AllDirectories));
        Assert.Equal(Model.Length, new FileInfo(aside).Length);
    }

    [Fact]
    public async Task A_file_that_comes_damaged_twice_is_an_error_that_tells_all()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = (context, content) => DamagedAsync(context, content, () => true);
        using TemporaryFolder folder = new();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(hub, folder));
        byte[] damaged = [.. Model[..^1], (byte)~Model[^1]];
        foreach (string part in new[] { "tiny-Q8_0.gguf", $"{hub.Address}{FakeHub.Repository}/resolve/", FakeHub.Sha256Of(Model), FakeHub.Sha256Of(damaged) })
        {
            Assert.Contains(part, e.Message, StringComparison.Ordinal);
        }

        Assert.Empty(hub.Store(folder).List());
        string aside = Assert.Single(Directory.GetFiles(folder.ToString(), "*.damaged", SearchOption.AllDirectories));
        Assert.Equal(damaged, File.ReadAllBytes(aside));
    }

    [Fact]
    public async Task Cancelling_leaves_a_file_that_is_gone_on_with()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.Pause = TimeSpan.FromMilliseconds(10);
        using TemporaryFolder folder = new();
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        ModelStore store = hub.Store(folder);
        ModelVariant variant = (await store.FindAsync(Reference, Cancellation)).Single();
        Callback<DownloadProgress> half = new(progress =>
        {
            if (progress.Bytes > Model.Length / 2)
            {
                cancel.Cancel();
            }
        });
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => store.PullAsync(variant, half, cancel.Token).WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
        Assert.Equal(cancel.Token, e.CancellationToken);
        hub.Pause = TimeSpan.Zero;
        long before = hub.Sent;
        List<DownloadProgress> told = [];
        string path = await store.PullAsync(variant, new Callback<DownloadProgress>(told.Add), Cancellation);
        Assert.Equal(Model, File.ReadAllBytes(path));
        Assert.True(hub.Sent - before <= Model.Length / 2, $"{hub.Sent - before} bytes were fetched again");
    }

    [Fact]
    public async Task A_pull_from_a_slow_server_ends_soon_after_it_was_cancelled()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.Pause = TimeSpan.FromMinutes(1);
        using TemporaryFolder folder = new();
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<string> pulling = PullAsync(hub, folder, cancellation: cancel.Token);
        while (hub.Sent == 0)
        {
            await Task.Delay(20, Cancellation);
        }

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pulling.WaitAsync(TimeSpan.FromSeconds(2), Cancellation));
    }

    [Fact]
    public async Task A_content_that_is_not_there_is_told_with_its_commit()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.MisbehaveWithContent = (context, _) => Refused(context, 404, () => true);
        using TemporaryFolder folder = new();
        ModelNotFoundException e = await Assert.ThrowsAsync<ModelNotFoundException>(() => PullAsync(hub, folder));
        Assert.Contains($"tiny-Q8_0.gguf at the commit {hub.Commit}", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_exception_of_the_callers_progress_is_the_callers(bool isAsOfADisk)
    {
        Exception thrown = isAsOfADisk ? new IOException("of the caller") : new InvalidTimeZoneException();
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.Pause = TimeSpan.FromMilliseconds(20);
        using TemporaryFolder folder = new();
        ModelStore store = hub.Store(folder);
        ModelVariant variant = (await store.FindAsync(Reference, Cancellation)).Single();
        Assert.Same(thrown, await Assert.ThrowsAnyAsync<Exception>(
            () => store.PullAsync(variant, new Callback<DownloadProgress>(_ => throw thrown), Cancellation)));
    }

    [Fact]
    public async Task Two_pulls_of_one_process_download_once()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.Pause = TimeSpan.FromMilliseconds(5);
        using TemporaryFolder folder = new();
        string[] paths = await Task.WhenAll(PullAsync(hub, folder), PullAsync(hub, folder), PullAsync(hub, folder));
        Assert.Single(paths.Distinct());
        Assert.Equal(Model.Length, hub.Sent);
        Assert.Equal(Model, File.ReadAllBytes(paths[0]));
    }

    [Fact]
    public async Task Who_waits_for_another_can_be_cancelled()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        using TemporaryFolder folder = new();
        ModelStore store = hub.Store(folder);
        ModelVariant variant = (await store.FindAsync(Reference, Cancellation)).Single();
        string lockPath = Path.Combine(store.CacheDirectory, ".locks", "models--acme--tiny-GGUF", $"{FakeHub.Sha256Of(Model)}.lock");
        Directory.CreateDirectory(Path.GetDirectoryName(lockPath)!);
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using (FileStream held = new(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            Task<string> waiting = store.PullAsync(variant, null, cancel.Token);
            await Task.Delay(300, Cancellation);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(10), Cancellation));
            Assert.Empty(hub.CdnRequests);
        }

        // The file of a lock that nobody holds does not matter.
        Assert.Equal(Model, File.ReadAllBytes(await store.PullAsync(variant, null, Cancellation)));
    }

    [Fact]
    public async Task A_disk_without_room_is_told_before_anything_is_written()
    {
        using SmallDisk disk = SmallDisk.Mount(10);
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        ModelStore store = new(hub.Options(disk.Folder));
        ModelVariant variant = (await store.FindAsync(Reference, Cancellation)).Single();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => store.PullAsync(variant, null, Cancellation));
        Assert.Contains("needs 20000000 bytes", e.Message, StringComparison.Ordinal);
        Assert.Contains("HF_HUB_CACHE", e.Message, StringComparison.Ordinal);
        Assert.Empty(hub.CdnRequests);
        Assert.False(Directory.Exists(Path.Combine(store.CacheDirectory, "models--acme--tiny-GGUF")));
    }

    [Fact]
    public async Task A_disk_that_becomes_full_is_told_and_what_came_is_kept()
    {
        using SmallDisk disk = SmallDisk.Mount(24);
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        ModelStore store = new(hub.Options(disk.Folder));
        ModelVariant variant = (await store.FindAsync(Reference, Cancellation)).Single();

        // As a tool leaves it that copies files without their holes filled: with its length, but without its room.
        string blob = Path.Combine(store.CacheDirectory, "models--acme--tiny-GGUF", "blobs", FakeHub.Sha256Of(Model));
        using (PartialFile partial = PartialFile.Open(blob, Model.Length, FakeHub.Sha256Of(Model)))
        {
            partial.Write(0, Model.AsSpan(0, 1_000_000));
            partial.Checkpoint();
        }

        string incomplete = Directory.GetFiles(Path.GetDirectoryName(blob)!, "*.incomplete").Single();
        using (FileStream hole = new(incomplete, FileMode.Open))
        {
            hole.SetLength(1_000_000);
            hole.SetLength(Model.Length);
        }

        string filler = disk.Folder.File("filler");
        File.WriteAllBytes(filler, new byte[15_000_000]);
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => store.PullAsync(variant, null, Cancellation));
        Assert.Contains("disk became full", e.Message, StringComparison.Ordinal);
        File.Delete(filler);
        long before = hub.Sent;
        Assert.Equal(Model, File.ReadAllBytes(await store.PullAsync(variant, null, Cancellation)));
        Assert.True(hub.Sent - before <= 19_000_000, $"{hub.Sent - before} bytes were fetched again");
    }

    private static ModelReference Reference => ModelReference.Parse($"hf:{FakeHub.Repository}");

    private static async Task<string> PullAsync(
        FakeHub hub, TemporaryFolder folder, Func<ModelStoreOptions, ModelStoreOptions>? options = null, CancellationToken? cancellation = null)
    {
        ModelStore store = new(options is null ? hub.Options(folder) : options(hub.Options(folder)));
        return await store.PullAsync((await store.FindAsync(Reference, Cancellation)).Single(), null, cancellation ?? Cancellation);
    }

    private static async Task PullWholeAsync(FakeHub hub, TemporaryFolder? folder = null, Func<ModelStoreOptions, ModelStoreOptions>? options = null)
    {
        using TemporaryFolder own = new();
        Assert.Equal(Model, File.ReadAllBytes(await PullAsync(hub, folder ?? own, options)));
    }

    private static Task<bool> Refused(HttpContext context, int status, Func<bool> when)
    {
        bool refuses = when();
        if (refuses)
        {
            context.Response.StatusCode = status;
        }

        return Task.FromResult(refuses);
    }

    /// <summary>Sends the last byte of the file otherwise than it is.</summary>
    private static async Task<bool> DamagedAsync(HttpContext context, byte[] content, Func<bool> when)
    {
        if (!when())
        {
            return false;
        }

        HttpFileServer.TryReadRange(context, out _, out long to);
        await HttpFileServer.SendRangeAsync(context, to == content.Length - 1 ? [.. content[..^1], (byte)~content[^1]] : content, etag: null);
        return true;
    }
}
