namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class ToolsSampleTests
{
    [Fact]
    public async Task A_function_is_called_and_its_result_answered_with()
    {
        using ChildProcess process = ChildProcess.Dotnet("samples/Tools", []);
        (int exitCode, string output, string error) = await process.EndAsync();

        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        Assert.Equal("get_weather(city: Oslo) = 16 degrees and sunny\nIt is 16 degrees and sunny in Oslo.\n", output.ReplaceLineEndings("\n"));
    }
}
