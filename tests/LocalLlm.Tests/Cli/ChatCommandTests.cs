namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class ChatCommandTests
{
    private static readonly string[] Greedy = ["chat", "--temperature", "0", "--threads", "1"];

    [Fact]
    public async Task Piped_lines_are_answered_one_by_one_and_nothing_else_is_written()
    {
        (int exitCode, string output, string error) = await ChatAsync("What is a GGUF file?\n\nhello\n", Greedy);

        Assert.Equal(0, exitCode);
        Assert.Equal("", error);
        string[] answers = output.Split(Environment.NewLine);
        Assert.Equal(3, answers.Length);
        Assert.Contains("GGUF", answers[0], StringComparison.Ordinal);
        Assert.NotEqual("", answers[1]);
        Assert.Equal("", answers[2]);
    }

    [Fact]
    public async Task The_conversation_is_remembered_until_reset()
    {
        (_, string output, string error) = await ChatAsync("/stats\nhello\n/stats\nhello\n/stats\n/reset\nhello\n/stats\n", Greedy);

        string[] answers = output.Split(Environment.NewLine);
        Assert.Equal(answers[0], answers[2]);
        int[] held = [.. error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(4, held.Length);
        Assert.True(held[0] < held[1] && held[1] < held[2], error);
        Assert.Equal(held[1], held[3]);
    }

    [Fact]
    public async Task The_system_message_can_be_given_set_and_taken_back()
    {
        (_, _, string error) = await ChatAsync("/stats\n/system\n/stats\n/system You are very brief.\n/stats\n", [.. Greedy, "--system", "You are very brief."]);

        string[] stats = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(stats[0], stats[2]);
        Assert.NotEqual(stats[0], stats[1]);
    }

    [Fact]
    public async Task An_answer_can_be_given_again_and_turns_can_be_taken_back()
    {
        (int exitCode, string output, string error) = await ChatAsync("hello\n/stats\n/regen\n/stats\nthanks\n/undo\n/stats\n/undo 1\n/stats\n/undo\n/regen\n", Greedy);

        Assert.Equal(0, exitCode);
        string[] answers = output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, answers.Length);
        Assert.Equal(answers[0], answers[1]);
        string[] said = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(6, said.Length);
        int[] held = [.. said[..4].Select(line => int.Parse(line.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal((held[0], held[0], 0), (held[1], held[2], held[3]));
    }

    [Fact]
    public async Task A_conversation_is_kept_in_a_file()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("a chat.json");
        (int saved, _, string first) = await ChatAsync($"hello\n/save {file}\n/stats\n", [.. Greedy, "--system", "You are brief."]);
        (int loaded, string output, string second) = await ChatAsync($"/load {file}\n/stats\n/regen\n", Greedy);

        Assert.Equal((0, 0), (saved, loaded));
        Assert.Equal(first.Split(' ')[0], second.Split(' ')[0]);
        Assert.NotEmpty(output.Trim());

        (int missing, _, string error) = await ChatAsync($"/load {folder.File("none.json")}\n", Greedy);
        Assert.Equal(1, missing);
        Assert.Contains("none.json", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_is_json_of_a_schema()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("schema.json");
        await File.WriteAllTextAsync(file, """{"type":"object","properties":{"kind":{"enum":["file","folder"]}},"required":["kind"],"additionalProperties":false}""", TestContext.Current.CancellationToken);
        (int exitCode, string output, _) = await ChatAsync("What is a GGUF file?\n", [.. Greedy, "--json-schema", file]);

        Assert.Equal(0, exitCode);
        Assert.Contains(System.Text.Json.JsonElement.Parse(output).GetProperty("kind").GetString(), (string[])["file", "folder"]);

        await File.WriteAllTextAsync(file, """{"not":{"type":"string"}}""", TestContext.Current.CancellationToken);
        (int refused, _, string error) = await ChatAsync("hello\n", [.. Greedy, "--json-schema", file]);
        Assert.Equal(1, refused);
        Assert.Contains("not", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exit_ends_it_and_an_unknown_command_is_not_sent_to_the_model()
    {
        (int exitCode, string output, string error) = await ChatAsync("/nonsense\n/exit\nhello\n", Greedy);
        Assert.Equal(0, exitCode);
        Assert.Equal("", output);
        Assert.Contains("/nonsense", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_does_not_fit_ends_piped_input_with_exit_code_1()
    {
        (int exitCode, _, string error) = await ChatAsync(string.Join(' ', Enumerable.Repeat("word", 200)) + "\n", [.. Greedy, "--context", "64"]);
        Assert.Equal(1, exitCode);
        Assert.Matches("^localllm: [^\n]+\n$", error);
    }

    [Fact]
    public async Task Ctrl_C_stops_the_answer_and_at_the_prompt_the_program()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs the program script");
        using ChildProcess terminal = ChildProcess.DotnetInTerminal(Localllm.Project, "chat guide " + string.Join(' ', Endless.Sampling));

        await terminal.ReadUntilAsync("> ");
        terminal.Type("hello\n");
        await terminal.ReadUntilAsync("hello\r\n");
        await terminal.ReadUntilAsync(" ");
        terminal.Type("\u0003");
        await terminal.ReadUntilAsync("\n> ");
        terminal.Type("/stats\n");
        await terminal.ReadUntilAsync("/stats\r\n");
        string stats = await terminal.ReadUntilAsync("> ");
        terminal.Type("\u0003");
        (int exitCode, _, _) = await terminal.EndAsync();

        Assert.InRange(int.Parse(stats.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture), 1, 1800);
        Assert.Equal(130, exitCode);
    }

    private static async Task<(int ExitCode, string Output, string Error)> ChatAsync(string input, string[] arguments)
    {
        using ChildProcess process = Localllm.Start(arguments);
        process.Type(input);
        return await process.EndAsync();
    }
}
