using System.Text.Json;

namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class BenchCommandTests
{
    private static readonly string[] Small = ["bench", "guide", "--threads", "1", "--prompt-tokens", "40", "--gen-tokens", "8", "--repeat", "3"];

    [Fact]
    public async Task Json_holds_medians_and_all_runs()
    {
        JsonElement json = await Localllm.JsonAsync([.. Small, "--json"]);

        Assert.Equal(
            ["model", "fileType", "promptTokens", "genTokens", "parallel", "prefillRuns", "decodeRuns", "prefillTokensPerSecond", "decodeTokensPerSecond"],
            Localllm.Names(json));
        foreach (string what in new[] { "prefill", "decode" })
        {
            double[] runs = [.. json.GetProperty($"{what}Runs").EnumerateArray().Select(r => r.GetDouble())];
            Assert.Equal(3, runs.Length);
            Assert.All(runs, r => Assert.True(r > 0));
            Assert.Equal(runs.Order().ElementAt(1), json.GetProperty($"{what}TokensPerSecond").GetDouble());
        }
    }

    [Fact]
    public async Task A_table_names_what_was_measured()
    {
        string text = await Localllm.OutputAsync([.. Small, "--parallel", "3"]);

        Assert.Contains("3 calls at a time", text, StringComparison.Ordinal);
        Assert.Matches(@"prefill\W+40\W", text);
        Assert.Matches(@"decode\W+8\W", text);
    }

    [Fact]
    public async Task A_number_that_measures_nothing_is_refused() =>
        Assert.Contains("--repeat", await Localllm.ErrorAsync(2, "bench", "guide", "--repeat", "0"), StringComparison.Ordinal);
}
