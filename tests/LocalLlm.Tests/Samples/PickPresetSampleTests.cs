namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class PickPresetSampleTests
{
    [Fact]
    public async Task The_choice_for_three_machines_is_printed()
    {
        using ChildProcess process = ChildProcess.Dotnet("samples/PickPreset", []);
        (int exitCode, string output, string error) = await process.EndAsync();
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(3, output.Split('\n').Count(line => line.Contains(" runs F16, the best that ", StringComparison.Ordinal)));
    }
}
