using LocalLlm.Models;

namespace LocalLlm.Tests.Models;

/// <summary>Downloads by processes of their own, some of which are killed.</summary>
[Collection(nameof(Localllm))]
public sealed class DownloadProcessTests
{
    private static readonly byte[] Model = FakeHub.Content(48_000_000, 4);
    private static readonly string Sha = FakeHub.Sha256Of(Model);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_download_that_is_killed_ten_times_ends_with_the_same_file()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        using TemporaryFolder folder = new();
        hub.Pause = TimeSpan.FromMilliseconds(150);
        Random random = new(5);
        long noted = 0;
        for (int kill = 0; kill < 10; kill++)
        {
            // From the first bytes on: a process takes its time to begin.
            long before = hub.Sent;
            using (ChildProcess child = Start(hub, folder))
            {
                while (hub.Sent == before)
                {
                    await Task.Delay(20, Cancellation);
                }

                await Task.Delay(random.Next(3500), Cancellation);
            }

            noted = Math.Max(noted, CheckNoted(folder));
        }

        Assert.True(noted > 1_000_000, $"{noted} bytes were noted");
        hub.Pause = TimeSpan.Zero;
        long sent = hub.Sent;
        using ChildProcess last = Start(hub, folder);
        (int exitCode, string output, string error) = await last.EndAsync();
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(Model, File.ReadAllBytes(output.TrimEnd()));
        Assert.True(hub.Sent - sent <= Model.Length - noted, $"{hub.Sent - sent} bytes were fetched again");
        Assert.Equal([Sha], Directory.GetFiles(Blobs(folder)).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Two_processes_that_pull_the_same_model_download_it_once()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.Pause = TimeSpan.FromMilliseconds(20);
        using TemporaryFolder folder = new();
        using ChildProcess first = Start(hub, folder);
        using ChildProcess second = Start(hub, folder);
        (int ExitCode, string Output, string Error)[] ends = await Task.WhenAll(first.EndAsync(), second.EndAsync());
        Assert.All(ends, end => Assert.Equal((0, ""), (end.ExitCode, end.Error)));
        Assert.Equal(ends[0].Output, ends[1].Output);
        Assert.Equal(Model, File.ReadAllBytes(ends[0].Output.TrimEnd()));
        Assert.Equal(Model.Length, hub.Sent);
    }

    [Fact]
    public async Task One_goes_on_where_another_that_it_waits_for_is_killed()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.Pause = TimeSpan.FromMilliseconds(100);
        using TemporaryFolder folder = new();
        Task<string> waiting;
        using (ChildProcess first = Start(hub, folder))
        {
            while (hub.Sent == 0)
            {
                await Task.Delay(20, Cancellation);
            }

            ModelStore store = hub.Store(folder);
            ModelVariant variant = (await store.FindAsync(ModelReference.Parse($"hf:{FakeHub.Repository}"), Cancellation)).Single();
            waiting = store.PullAsync(variant, null, Cancellation);
            await Task.Delay(3000, Cancellation);
            Assert.False(waiting.IsCompleted);
        }

        hub.Pause = TimeSpan.Zero;
        Assert.Equal(Model, File.ReadAllBytes(await waiting));
    }

    private static ChildProcess Start(FakeHub hub, TemporaryFolder folder) => ChildProcess.Dotnet(
        Localllm.Project,
        ["pull", $"hf:{FakeHub.Repository}:Q8_0"],
        hub.Environment(folder));

    private static string Blobs(TemporaryFolder folder) => Path.Combine(folder.File("hub"), "models--acme--tiny-GGUF", "blobs");

    /// <summary>What the journal says is there must be there; returns how much that is.</summary>
    private static long CheckNoted(TemporaryFolder folder)
    {
        string blob = Path.Combine(Blobs(folder), Sha);
        IReadOnlyList<ByteRange> ranges = RangeJournal.Read($"{blob}.localllm.ranges", Model.Length, Sha);
        if (ranges.Count > 0)
        {
            byte[] there = File.ReadAllBytes($"{blob}.localllm.incomplete");
            Assert.All(ranges, range => Assert.Equal(Model[(int)range.From..(int)range.To], there[(int)range.From..(int)range.To]));
        }

        return ranges.Sum(range => range.Length);
    }
}
