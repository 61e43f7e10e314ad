using System.Text.Json;
using System.Text.Json.Nodes;
using LocalLlm.Chat.Templating;

namespace LocalLlm.Tests.Chat.Templating;

/// <summary>Python's Jinja2 beside ours: what both make of templates.</summary>
internal static class JinjaOracle
{
    private static readonly DateTimeOffset Now = new(2026, 3, 7, 15, 4, 5, TimeSpan.Zero);

    private static readonly PythonOracle Python = new(
        "tests/LocalLlm.Tests/Chat/Templating/jinja_oracle.py", "import jinja2; assert jinja2.__version__ >= '3.1'", "jinja", "python3 has no jinja2 3.1 (Debian's python3-jinja2).");

    internal static void Require() => Python.Require();

    /// <summary>What Python makes of each; many are shared among processes.</summary>
    internal static async Task<List<JinjaAnswer>> AskAsync(IReadOnlyList<(string Template, JsonObject Variables)> cases)
    {
        int each = Math.Max(500, (cases.Count + Environment.ProcessorCount - 1) / Environment.ProcessorCount);
        List<JinjaAnswer>[] answers = await Task.WhenAll(cases.Chunk(each).Select(AskOneAsync));
        return [.. answers.SelectMany(a => a)];
    }

    private static async Task<List<JinjaAnswer>> AskOneAsync((string Template, JsonObject Variables)[] cases)
    {
        List<JsonElement> answers = await Python.AskAsync([.. cases.Select(c => new JsonObject { ["template"] = c.Template, ["variables"] = c.Variables.DeepClone() })]);
        return [.. answers.Select(answer => new JinjaAnswer(Text(answer, "text"), Text(answer, "refusal"), Text(answer, "error")))];
    }

    /// <summary>What we make of one.</summary>
    internal static JinjaAnswer Ours(string source, JsonObject variables)
    {
        try
        {
            return Ours(Template.Compile(source), variables);
        }
        catch (ChatTemplateException e)
        {
            return new JinjaAnswer(null, null, e.Message);
        }
    }

    internal static JinjaAnswer Ours(Template template, JsonObject variables)
    {
        try
        {
            return new JinjaAnswer(template.Render(Context(variables)).Text, null, null);
        }
        catch (ChatTemplateException e)
        {
            return e.Refusal is null ? new JinjaAnswer(null, null, e.Message) : new JinjaAnswer(null, e.Refusal, null);
        }
    }

    internal static TemplateContext Context(JsonObject variables) =>
        new(variables.ToDictionary(v => v.Key, v => TemplateValue.From(v.Value), StringComparer.Ordinal), Now);

    private static string? Text(JsonElement answer, string name) => answer.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
