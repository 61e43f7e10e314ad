namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class PlanSampleTests
{
    private const string Project = "samples/Plan";

    [Fact]
    public async Task A_model_is_planned_for_a_machine_that_is_not_here()
    {
        string output = await PlanAsync();
        Assert.Contains("all on GPUs", output, StringComparison.Ordinal);
        Assert.Matches("gpu0 has 7 modules and uses [0-9,]+ of [0-9,]+ bytes", output);
        Assert.EndsWith("token_embd = cpu\nblk.0-5 = gpu0\noutput = gpu0\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_and_machine_can_be_named() =>
        Assert.EndsWith("token_embd = cpu\nblk.0-5 = cpu\noutput = cpu\n", await PlanAsync("guide", "ram=4GiB"), StringComparison.Ordinal);

    private static async Task<string> PlanAsync(params string[] arguments)
    {
        using ChildProcess process = ChildProcess.Dotnet(Project, arguments);
        (int exitCode, string output, string error) = await process.EndAsync();
        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        return output.ReplaceLineEndings("\n");
    }
}
