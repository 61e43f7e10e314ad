using System.Text.Json;

namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class PerplexityCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Json_and_text_hold_what_the_library_says()
    {
        string file = Text(4000);
        PerplexityResult expected = await Perplexity.EvaluateAsync(
            GuideModel.Path,
            (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).TrimEnd('\n'),
            new EvaluationOptions { ContextLength = 128, Placement = PlacementStrategy.CpuOnly, Threads = 1 },
            cancellationToken: TestContext.Current.CancellationToken);
        string[] arguments = ["perplexity", "guide", "-f", file, "--context", "128", "--strategy", "cpu-only", "--threads", "1"];

        JsonElement json = await Localllm.JsonAsync(arguments);
        string text = await Localllm.OutputAsync(arguments);

        Assert.Equal(["perplexity", "standardError", "tokens", "chunks"], Localllm.Names(json));
        Assert.Equal(expected.Perplexity, json.GetProperty("perplexity").GetDouble());
        Assert.Equal(expected.StandardError, json.GetProperty("standardError").GetDouble());
        Assert.Equal(expected.Tokens, json.GetProperty("tokens").GetInt32());
        Assert.Equal(expected.Chunks, json.GetProperty("chunks").GetInt32());
        Assert.Contains(FormattableString.Invariant($"{expected.Perplexity:0.0000} ± {expected.StandardError:0.0000}"), text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Against_a_reference_it_tells_the_divergence()
    {
        string[] arguments = ["perplexity", "guide", "--file", Text(3000), "--context", "64", "--against", "guide", "--strategy", "cpu-only", "--threads", "1"];

        JsonElement json = await Localllm.JsonAsync(arguments);
        string text = await Localllm.OutputAsync(arguments);

        Assert.Equal(["perplexity", "standardError", "tokens", "chunks", "klDivergence"], Localllm.Names(json));
        JsonElement divergence = json.GetProperty("klDivergence");
        Assert.Equal(0, divergence.GetProperty("mean").GetDouble());
        Assert.Equal(1, divergence.GetProperty("sameTopRate").GetDouble());
        Assert.Equal(json.GetProperty("perplexity").GetDouble(), divergence.GetProperty("referencePerplexity").GetDouble());
        Assert.Contains("100.000 %", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_are_one_line()
    {
        Assert.Contains("1024 tokens", await Localllm.ErrorAsync(1, "perplexity", "guide", "-f", Text(100)), StringComparison.Ordinal);
        Assert.Contains("none.txt", await Localllm.ErrorAsync(1, "perplexity", "guide", "-f", _folder.File("none.txt")), StringComparison.Ordinal);
        Assert.Contains("none.gguf", await Localllm.ErrorAsync(1, "perplexity", _folder.File("none.gguf"), "-f", Text(100)), StringComparison.Ordinal);
        Assert.Contains("ContextLength", await Localllm.ErrorAsync(2, "perplexity", "guide", "-f", Text(100), "--context", "2"), StringComparison.Ordinal);
        Assert.Contains("--file", await Localllm.ErrorAsync(2, "perplexity", "guide"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_a_terminal_it_shows_how_far_it_is()
    {
        using ChildProcess terminal = ChildProcess.DotnetInTerminal(
            Localllm.Project, $"perplexity guide -f {Text(9000)} --context 32 --strategy cpu-only --threads 1", "xterm");

        string shown = await terminal.ReadUntilAsync("tokens, ");

        Assert.Contains("Perplexity ", shown, StringComparison.Ordinal);
        Assert.Contains("loading", shown, StringComparison.Ordinal);
    }

    private string Text(int characters)
    {
        string path = _folder.File("text.txt");
        File.WriteAllText(path, File.ReadAllText(RepositoryFolder.File("README.md"))[..characters] + "\n");
        return path;
    }
}
