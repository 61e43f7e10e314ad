namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class GuideModelProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Processes_that_extract_at_once_get_one_whole_file()
    {
        ChildProcess[] processes = [.. Enumerable.Range(0, 4).Select(_ => Tokenize(("LOCALLLM_CACHE", $"{_folder}")))];
        try
        {
            await Task.WhenAll(processes.Select(AssertSucceedsAsync));
        }
        finally
        {
            Array.ForEach(processes, process => process.Dispose());
        }
        Assert.Equal([_folder.File(GuideModel.Embedded.FileName)], Directory.GetFiles($"{_folder}"));
    }

    [Fact]
    public async Task Where_the_cache_cannot_be_written_the_file_goes_to_a_temporary_folder()
    {
        string file = _folder.File("file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        using ChildProcess process = Tokenize(("LOCALLLM_CACHE", Path.Combine(file, "cache")), ("TMPDIR", $"{_folder}"), ("TMP", $"{_folder}"));
        await AssertSucceedsAsync(process);

        Assert.True(File.Exists(Path.Combine($"{_folder}", $"localllm-{Environment.UserName}", GuideModel.Embedded.FileName)));
    }

    private static ChildProcess Tokenize(params (string, string)[] environment) =>
        ChildProcess.Dotnet(Localllm.Project, ["tokenize", "guide", "hello"], environment);

    private static async Task AssertSucceedsAsync(ChildProcess process)
    {
        (int exitCode, string output, string error) = await process.EndAsync();
        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        Assert.Contains("\"", output, StringComparison.Ordinal);
    }
}
