using System.Text.Json;
using System.Text.Json.Nodes;

namespace LocalLlm.Tests.Chat.Schema;

/// <summary>Python's jsonschema, which says what is valid.</summary>
internal static class SchemaOracle
{
    private static readonly PythonOracle Python = new(
        "tests/LocalLlm.Tests/Chat/Schema/schema_oracle.py", "from jsonschema import Draft202012Validator", "jsonschema", "python3 has no jsonschema (Debian's python3-jsonschema).");

    internal static void Require() => Python.Require();

    /// <summary>What is wrong with the texts, by schema; null where one is valid.</summary>
    internal static async Task<List<string?[]>> AskAsync(IReadOnlyList<(string Schema, IReadOnlyList<string> Texts)> cases)
    {
        List<JsonElement> answers = await Python.AskAsync(
            [.. cases.Select(c => new JsonObject { ["schema"] = JsonNode.Parse(c.Schema), ["texts"] = new JsonArray([.. c.Texts.Select(text => (JsonNode)text)]) })]);
        return [.. answers.Select(answer => answer.EnumerateArray().Select(wrong => wrong.GetString()).ToArray())];
    }

    /// <summary>Fails where a text is not valid under its schema.</summary>
    internal static async Task AssertValidAsync(IReadOnlyList<(string Schema, IReadOnlyList<string> Texts)> cases)
    {
        List<string?[]> answers = await AskAsync(cases);
        string[] wrong = [.. cases.Zip(answers).SelectMany(pair => pair.First.Texts.Zip(pair.Second).Where(answer => answer.Second is not null).Select(answer => $"{pair.First.Schema}\n  {answer.First}\n  {answer.Second}"))];
        Assert.True(wrong.Length == 0, $"{wrong.Length} are not valid:\n{string.Join('\n', wrong.Take(10))}");
    }
}
