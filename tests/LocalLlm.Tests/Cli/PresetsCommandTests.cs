using System.Text.Json;
using LocalLlm.Tests.Models;

namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class PresetsCommandTests
{
    private const string Slow = "ram=64GiB,cores=2,bandwidth=40MB/s";

    [Fact]
    public async Task The_choice_is_explained_in_a_line_for_each_candidate()
    {
        string output = await Localllm.OutputAsync("presets", "guide", "--hardware", Slow, "--context", "1024");
        Assert.Matches("(?m)^> Q8_0 .*the best that reaches 5 tokens/s", output);
        Assert.Matches("(?m)^  guide-f16.*too slow", output);
        Assert.Contains("Speeds are for memory that reads 40 MB/s", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_the_fields_that_programs_rely_on()
    {
        JsonElement json = await Localllm.JsonAsync("presets", "guide", "--hardware", "gpu0=8GiB,ram=16GiB");
        Assert.Equal("F16", json.GetProperty("chosen").GetString());
        JsonElement[] candidates = [.. json.GetProperty("candidates").EnumerateArray()];
        Assert.Equal(["F16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q3_K_M", "Q2_K"], candidates.Select(candidate => candidate.GetProperty("fileType").GetString()));
        Assert.Superset(
            new HashSet<string> { "fileType", "preset", "bytes", "bitsPerWeight", "fits", "tokensPerSecond", "reason" },
            new HashSet<string>(Localllm.Names(candidates[0])));
        Assert.Equal(new FileInfo(GuideModel.Path).Length, candidates[0].GetProperty("bytes").GetInt64());
        Assert.Equal(JsonValueKind.Null, candidates[0].GetProperty("tokensPerSecond").ValueKind);
        Assert.All(candidates, candidate => Assert.True(candidate.GetProperty("fits").GetBoolean()));
    }

    [Fact]
    public async Task It_chooses_before_anything_is_downloaded_and_pull_follows()
    {
        await using FakeHub hub = await FakeHub.StartAsync(
            ("guide-F16.gguf", Variants.BytesOf(ModelFileType.F16)), ("guide-Q8_0.gguf", Variants.BytesOf(ModelFileType.Q8_0)), ("guide-Q4_K_M.gguf", Variants.BytesOf(ModelFileType.Q4_K_M)));
        using TemporaryFolder folder = new();
        string reference = $"hf:{FakeHub.Repository}";
        JsonElement json = JsonDocument.Parse(await OutputAsync(hub, folder, "presets", reference, "--hardware", Slow, "--json")).RootElement;
        Assert.Equal("Q8_0", json.GetProperty("chosen").GetString());
        Assert.InRange(hub.Sent, 1, 2 << 20);
        string plan = await OutputAsync(hub, folder, "plan", reference, "--preset", "Q4", "--hardware", "ram=4GiB", "--json");
        Assert.EndsWith("\"cpu\"", JsonDocument.Parse(plan).RootElement.GetProperty("layers")[1].GetProperty("device").GetRawText(), StringComparison.Ordinal);
        string path = (await OutputAsync(hub, folder, "pull", reference, "--preset", "Q4")).TrimEnd();
        Assert.Equal(Variants.BytesOf(ModelFileType.Q4_K_M), File.ReadAllBytes(path));
        string answer = await OutputAsync(hub, folder, "generate", reference, "--preset", "Q4", "--prompt", "What is", "--max-tokens", "4", "--context", "256", "--json");
        Assert.Equal(4, JsonDocument.Parse(answer).RootElement.GetProperty("tokenIds").GetArrayLength());
    }

    [Fact]
    public async Task Quantize_writes_the_file_and_its_path()
    {
        using TemporaryFolder folder = new();
        string target = folder.File("q.gguf");
        (int exitCode, string output, string error) = await Localllm.RunAsync("quantize", "guide", target, "--preset", "Q8");
        Assert.Equal((0, $"{target}\n"), (exitCode, output));
        Assert.Matches("^[0-9.]+ MiB -> [0-9.]+ MiB \\(Q8_0\\)\n$", error);
        Assert.Equal(Variants.BytesOf(ModelFileType.Q8_0), File.ReadAllBytes(target));
        Assert.Contains("exists", await Localllm.ErrorAsync(1, "quantize", "guide", target, "--type", "Q8_0"), StringComparison.Ordinal);
        Assert.Contains("allow", await Localllm.ErrorAsync(1, "quantize", target, folder.File("r.gguf"), "--type", "q4_k_m"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Give either --preset or --type", "quantize", "guide", "x.gguf")]
    [InlineData("Give either --preset or --type", "quantize", "guide", "x.gguf", "--preset", "Q4", "--type", "Q4_0")]
    [InlineData("'Q9' is no file type", "quantize", "guide", "x.gguf", "--type", "Q9")]
    [InlineData("--preset takes auto, Q4, Q8, F16", "presets", "guide", "--preset", "Q7")]
    [InlineData("Auto is a choice", "quantize", "guide", "x.gguf", "--preset", "auto")]
    public async Task Wrong_usage_is_told(string expected, params string[] arguments) =>
        Assert.Contains(expected, await Localllm.ErrorAsync(2, arguments), StringComparison.Ordinal);

    private static async Task<string> OutputAsync(FakeHub hub, TemporaryFolder folder, params string[] arguments)
    {
        using ChildProcess process = ChildProcess.Dotnet(
            Localllm.Project, arguments, [.. hub.Environment(folder), ("HF_HUB_OFFLINE", "0")]);
        (int exitCode, string output, string error) = await process.EndAsync();
        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        return output;
    }
}
