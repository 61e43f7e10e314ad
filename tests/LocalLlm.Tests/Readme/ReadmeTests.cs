namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class ReadmeTests
{
    [Fact]
    public void The_quick_start_is_the_sample_that_compiles()
    {
        string readme = File.ReadAllText(RepositoryFolder.File("README.md")).ReplaceLineEndings("\n");
        string code = readme.Split("```csharp\n")[1].Split("```")[0];
        Assert.Equal(File.ReadAllText(RepositoryFolder.File("samples/QuickStart/Program.cs")).ReplaceLineEndings("\n"), code);
    }

    [Fact]
    public async Task The_quick_start_runs()
    {
        using ChildProcess process = ChildProcess.Dotnet("samples/QuickStart", []);
        (int exitCode, string output, string error) = await process.EndAsync();
        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        Assert.Contains("GGUF", output, StringComparison.Ordinal);
    }
}
