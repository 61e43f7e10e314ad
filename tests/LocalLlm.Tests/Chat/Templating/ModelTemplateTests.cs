using System.Text.Json.Nodes;

namespace LocalLlm.Tests.Chat.Templating;

/// <summary>The templates that llama.cpp's source carries, beside Python's Jinja2.</summary>
public sealed class ModelTemplateTests
{
    [Fact]
    public async Task Every_template_gives_what_Jinja2_gives_for_every_conversation()
    {
        JinjaOracle.Require();
        string source = LlamaSource.Folder;
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(source, "models", "templates"), "*.jinja").Order(StringComparer.Ordinal)];
        (string Name, JsonObject Variables)[] conversations = [.. Conversations.All()];
        (string File, string Name, string Template, JsonObject Variables)[] cases =
            [.. files.Select(f => (File: Path.GetFileName(f), Template: File.ReadAllText(f))).SelectMany(f => conversations.Select(c => (f.File, c.Name, f.Template, c.Variables)))];

        List<JinjaAnswer> expected = await JinjaOracle.AskAsync([.. cases.Select(c => (c.Template, c.Variables))]);
        List<string> different = [];
        int texts = 0;
        for (int i = 0; i < cases.Length; i++)
        {
            JinjaAnswer ours = JinjaOracle.Ours(cases[i].Template, cases[i].Variables);
            texts += ours.Text is null ? 0 : 1;
            if (!ours.Agrees(expected[i]))
            {
                different.Add($"{cases[i].File}, {cases[i].Name}:\n{expected[i]}\n{ours}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{files.Length} templates, {conversations.Length} conversations, {texts} texts, {cases.Length - texts} refusals");
        Assert.True(files.Length >= 60);
        Assert.Empty(different);
    }
}
