using System.Text.Json;
using LocalLlm.Tests.Models;

namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class PullCommandTests
{
    private static readonly byte[] Model = FakeHub.Content(12_000_000, 9);

    [Fact]
    public async Task A_model_is_pulled_listed_and_removed()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model), ("tiny-Q4_K_M.gguf", FakeHub.Content(1000)));
        using TemporaryFolder folder = new();
        string reference = $"hf:{FakeHub.Repository}:Q8_0";
        string output = await OutputAsync(hub, folder, "pull", reference);
        Assert.Matches("^[^\n]+\n$", output);
        Assert.Equal(Model, File.ReadAllBytes(output.TrimEnd()));

        JsonElement pulled = JsonDocument.Parse(await OutputAsync(hub, folder, "pull", $"https://hf.co/{FakeHub.Repository}/blob/main/tiny-Q8_0.gguf", "--json")).RootElement;
        Assert.Equal(["reference", "label", "path", "bytes"], Localllm.Names(pulled));
        Assert.Equal((reference, "Q8_0", output.TrimEnd(), Model.Length), (Text("reference"), Text("label"), Text("path"), pulled.GetProperty("bytes").GetInt64()));

        JsonElement listed = Assert.Single(JsonDocument.Parse(await OutputAsync(hub, folder, "list", "--json")).RootElement.EnumerateArray());
        Assert.Equal(reference, listed.GetProperty("reference").GetString());
        string table = await OutputAsync(hub, folder, "list");
        Assert.Contains(reference, table, StringComparison.Ordinal);
        Assert.Contains("11.4 MiB", table, StringComparison.Ordinal);

        Assert.Equal("11.4 MiB freed\n", await OutputAsync(hub, folder, "rm", reference));
        Assert.Equal("[]\n", await OutputAsync(hub, folder, "list", "--json"));

        string? Text(string name) => pulled.GetProperty(name).GetString();
    }

    [Theory]
    [InlineData(2, "names no model", "pull", "hf:tiny")]
    [InlineData(2, "names no model", "rm", "ftp://x/y.gguf")]
    [InlineData(1, "acme/none", "pull", "hf:acme/none")]
    [InlineData(1, "It has Q8_0", "pull", "hf:acme/tiny-GGUF:Q5_K_M")]
    [InlineData(1, "not in the cache", "rm", "hf:acme/tiny-GGUF")]
    [InlineData(1, "delete them yourself", "rm", "some.gguf")]
    public async Task Errors_are_one_line(int exitCode, string expected, params string[] arguments)
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        using TemporaryFolder folder = new();
        using ChildProcess process = Start(hub, folder, arguments);
        (int actual, string output, string error) = await process.EndAsync();
        Assert.Equal((exitCode, ""), (actual, output));
        Assert.Matches("^localllm: [^\n]+\n$", error);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_it_ends_and_the_next_one_goes_on()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.Pause = TimeSpan.FromMilliseconds(100);
        using TemporaryFolder folder = new();
        using (ChildProcess process = Start(hub, folder, "pull", $"hf:{FakeHub.Repository}:Q8_0"))
        {
            while (hub.Sent < 4_000_000)
            {
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }

            process.SendInterrupt();
            (int exitCode, string output, string error) = await process.EndAsync();
            Assert.Equal((130, "", ""), (exitCode, output, error));
        }

        hub.Pause = TimeSpan.Zero;
        long before = hub.Sent;
        Assert.Equal(Model, File.ReadAllBytes((await OutputAsync(hub, folder, "pull", $"hf:{FakeHub.Repository}:Q8_0")).TrimEnd()));
        Assert.True(hub.Sent - before < Model.Length - 2_000_000, $"{hub.Sent - before} bytes were fetched again");
    }

    [Fact]
    public async Task In_a_terminal_a_bar_shows_how_far_it_is_and_goes_away()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        hub.Pause = TimeSpan.FromMilliseconds(40);
        using TemporaryFolder folder = new();
        using ChildProcess terminal = ChildProcess.DotnetInTerminal(Localllm.Project, $"pull hf:{FakeHub.Repository}:Q8_0", "xterm", hub.Environment(folder));
        (int exitCode, string output, _) = await terminal.EndAsync();
        Assert.Equal(0, exitCode);
        Assert.Contains("downloading", output, StringComparison.Ordinal);
        Assert.Contains("%", output, StringComparison.Ordinal);
        Assert.EndsWith("tiny-Q8_0.gguf\r\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Offline_it_finds_what_is_there()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("tiny-Q8_0.gguf", Model));
        using TemporaryFolder folder = new();
        string path = await OutputAsync(hub, folder, "pull", $"hf:{FakeHub.Repository}:Q8_0");
        hub.Requests.Clear();
        using ChildProcess process = ChildProcess.Dotnet(Localllm.Project, ["pull", $"hf:{FakeHub.Repository}:Q8_0"], [.. hub.Environment(folder), ("HF_HUB_OFFLINE", "1")]);
        Assert.Equal((0, path, ""), await process.EndAsync());
        Assert.Empty(hub.Requests);
    }

    private static ChildProcess Start(FakeHub hub, TemporaryFolder folder, params string[] arguments) =>
        ChildProcess.Dotnet(Localllm.Project, arguments, hub.Environment(folder));

    private static async Task<string> OutputAsync(FakeHub hub, TemporaryFolder folder, params string[] arguments)
    {
        using ChildProcess process = Start(hub, folder, arguments);
        (int exitCode, string output, string error) = await process.EndAsync();
        Assert.Equal((0, ""), (exitCode, error));
        return output;
    }
}
