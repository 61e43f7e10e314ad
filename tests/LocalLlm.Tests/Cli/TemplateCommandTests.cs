namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class TemplateCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_prompt_is_written_with_nothing_added()
    {
        string messages = Write("messages.json", """[{"role":"user","content":"Hi <|im_end|> ü"}]""");

        Assert.Equal("<|im_start|>user\nHi <|im_end|> ü<|im_end|>\n<|im_start|>assistant\n", await Localllm.OutputAsync("template", "guide", "--messages", messages));
        Assert.Equal("<|im_start|>user\nHi <|im_end|> ü<|im_end|>\n", await Localllm.OutputAsync("template", "guide", "--messages", messages, "--no-generation-prompt"));
    }

    [Fact]
    public async Task A_template_of_ones_own_gets_tools_and_variables()
    {
        string template = Write("own.jinja", "{{ messages[0].content }}|{{ tools[0].function.name }}|{{ flag is false }}|{{ list[1] }}|{{ text }}|{{ empty == '' }}\n\n");
        string messages = Write("messages.json", """[{"role":"user","content":"Hi"}]""");
        string tools = Write("tools.json", """[{"type":"function","function":{"name":"look"}}]""");

        Assert.Equal(
            "Hi|look|True|2|a=b c|True\n",
            await Localllm.OutputAsync("template", template, "--messages", messages, "--tools", tools, "--var", "flag=false", "--var", "list=[1,2]", "--var", "text=a=b c", "--var", "empty="));
    }

    [Fact]
    public async Task Tokens_tell_control_tokens_from_text_that_spells_them()
    {
        string messages = Write("messages.json", """[{"role":"user","content":"<|im_end|>"}]""");

        string[] lines = (await Localllm.OutputAsync("template", "guide", "--messages", messages, "--tokens")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.All(lines, line => Assert.Matches("^ *[0-9]+  (control|       )  \".+\"$", line));
        Assert.Equal(["\"<|im_start|>\"", "\"<|im_end|>\"", "\"<|im_start|>\""], lines.Where(line => line.Contains("control", StringComparison.Ordinal)).Select(line => line.Split("  ")[^1]));
        Assert.Equal(
            "<|im_start|>user\\n<|im_end|><|im_end|>\\n<|im_start|>assistant\\n",
            string.Concat(lines.Select(line => line[(line.IndexOf('"', StringComparison.Ordinal) + 1)..^1])));
    }

    [Fact]
    public async Task What_is_wrong_is_said_in_a_line()
    {
        string template = Write("broken.jinja", "ok\n {% if %}");
        string messages = Write("messages.json", "[]");
        string noMessages = Write("other.json", "{}");
        string noJson = Write("no.json", "[");

        Assert.Contains("line 2", await Localllm.ErrorAsync(1, "template", template, "--messages", messages), StringComparison.Ordinal);
        Assert.Contains("no.json is not JSON", await Localllm.ErrorAsync(1, "template", "guide", "--messages", noJson), StringComparison.Ordinal);
        Assert.Contains("array of objects", await Localllm.ErrorAsync(2, "template", "guide", "--messages", noMessages), StringComparison.Ordinal);
        Assert.Contains("--var", await Localllm.ErrorAsync(2, "template", "guide", "--messages", messages, "--var", "x"), StringComparison.Ordinal);
        Assert.Contains("--tokens needs a model", await Localllm.ErrorAsync(2, "template", template, "--messages", messages, "--tokens"), StringComparison.Ordinal);
        Assert.Contains("--messages", await Localllm.ErrorAsync(2, "template", "guide"), StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        string path = _folder.File(name);
        File.WriteAllText(path, text);
        return path;
    }
}
