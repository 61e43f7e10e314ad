namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class ChatSampleTests
{
    private const string Project = "samples/Chat";

    [Fact]
    public async Task Words_are_asked_once()
    {
        string answer = await ChatAsync("not read\n", "What", "is a GGUF file?");
        Assert.Contains("GGUF", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("> ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_words_each_line_is_asked()
    {
        string answers = await ChatAsync("What is a GGUF file?\nhello\n", "--model", GuideModel.Path);
        Assert.Matches("^> .*GGUF.*\n> .+\n> $", answers);
    }

    private static async Task<string> ChatAsync(string input, params string[] arguments)
    {
        using ChildProcess process = ChildProcess.Dotnet(Project, arguments);
        process.Type(input);
        (int exitCode, string output, string error) = await process.EndAsync();
        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        return output;
    }
}
