using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class GgufCommandTests
{
    [Fact]
    public async Task Splitting_and_merging_gives_the_same_bytes()
    {
        using TestFolder folder = new();
        string[] parts = await SplitAsync("guide", folder.File("cut.gguf"), "--max-size", "4MiB");
        string merged = folder.File("merged.gguf");

        string output = await Localllm.OutputAsync("gguf", "merge", parts[0], merged);

        Assert.Equal(merged + Environment.NewLine, output);
        Assert.Equal([.. Enumerable.Range(1, parts.Length).Select(number => $"cut-{number:D5}-of-{parts.Length:D5}.gguf"), "merged.gguf"], folder.Names());
        Assert.InRange(parts.Length, 3, 8);
        Assert.True(File.ReadAllBytes(GuideModel.Path).AsSpan().SequenceEqual(File.ReadAllBytes(merged)));
    }

    [Fact]
    public async Task Files_that_exist_are_replaced_only_by_force()
    {
        using TestFolder folder = new();
        string model = folder.Write("model.gguf", SampleModel.Build());
        string taken = folder.Write("cut-00002-of-00003.gguf", [1]);
        string[] split = ["gguf", "split", model, folder.File("cut.gguf"), "--max-tensors", "2"];

        Assert.Contains(taken, await Localllm.ErrorAsync(1, split), StringComparison.Ordinal);
        Assert.Equal(["cut-00002-of-00003.gguf", "model.gguf"], folder.Names());
        Assert.Equal([1], File.ReadAllBytes(taken));
        string[] parts = await SplitAsync(model, folder.File("cut.gguf"), "--max-tensors", "2", "--force");

        string[] merge = ["gguf", "merge", parts[^1], folder.Write("merged.gguf", [1])];
        Assert.Contains("merged.gguf", await Localllm.ErrorAsync(1, merge), StringComparison.Ordinal);
        Assert.Equal([1], File.ReadAllBytes(merge[3]));
        await Localllm.OutputAsync([.. merge, "--force"]);
        Assert.Equal(File.ReadAllBytes(model), File.ReadAllBytes(merge[3]));
    }

    [Fact]
    public async Task A_missing_part_is_named()
    {
        using TestFolder folder = new();
        string[] parts = [.. GgufSplitter.Split(folder.Write("model.gguf", SampleModel.Build()), folder.File("cut"), new GgufSplitOptions { MaxTensors = 3 })];
        File.Delete(parts[1]);
        Assert.Contains(parts[1], await Localllm.ErrorAsync(1, "gguf", "merge", parts[0], folder.File("merged.gguf")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_a_terminal_progress_is_shown()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs the program script");
        using TestFolder folder = new();
        using ChildProcess terminal = ChildProcess.DotnetInTerminal(Localllm.Project, $"gguf split guide '{folder.File("cut")}' --max-size 8M", terminal: "xterm");

        (int exitCode, string output, _) = await terminal.EndAsync();

        Assert.Equal(0, exitCode);
        Assert.Contains("splitting", output, StringComparison.Ordinal);
        Assert.Contains("cut-00002-of-00002.gguf", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localllm gguf --help", "gguf")]
    [InlineData("either --max-size or --max-tensors. See 'localllm gguf split --help'", "gguf", "split", "guide", "out")]
    [InlineData("either --max-size or --max-tensors", "gguf", "split", "guide", "out", "--max-size", "1G", "--max-tensors", "1")]
    [InlineData("--max-size takes a size such as 2G, 500M or 1.5GiB, not '2Q'", "gguf", "split", "guide", "out", "--max-size", "2Q")]
    [InlineData("--max-size takes a size", "gguf", "split", "guide", "out", "--max-size", "99999999T")]
    [InlineData("'0'", "gguf", "split", "guide", "out", "--max-tensors", "0")]
    [InlineData("'OUTPUT'", "gguf", "merge", "x-00001-of-00002.gguf")]
    public async Task A_wrong_command_line_is_told_in_one_line_with_exit_code_2(string told, params string[] arguments) =>
        Assert.Contains(told, await Localllm.ErrorAsync(2, arguments), StringComparison.Ordinal);

    private static async Task<string[]> SplitAsync(params string[] arguments)
    {
        string output = await Localllm.OutputAsync(["gguf", "split", .. arguments]);
        return output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }
}
