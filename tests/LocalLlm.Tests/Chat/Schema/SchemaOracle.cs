using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LocalLlm.Tests.Chat.Schema;

/// <summary>Python's jsonschema, which says what is valid.</summary>
internal static class SchemaOracle
{
    private static readonly Lazy<bool> HasJsonSchema = new(() =>
    {
        try
        {
            using Process? process = Process.Start(new ProcessStartInfo("python3", ["-c", "from jsonschema import Draft202012Validator; import rfc3339_validator"]) { RedirectStandardError = true });
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    internal static void Require() => Requirement.Meet("jsonschema", HasJsonSchema.Value, "python3 has no jsonschema with rfc3339_validator (Debian's python3-jsonschema and python3-rfc3339-validator).");

    /// <summary>What is wrong with the texts, by schema; null where one is valid.</summary>
    internal static async Task<List<string?[]>> AskAsync(IReadOnlyList<(string Schema, IReadOnlyList<string> Texts)> cases)
    {
        ProcessStartInfo start = new("python3", ["-X", "utf8", "-W", "ignore", RepositoryFolder.File("tests/LocalLlm.Tests/Chat/Schema/schema_oracle.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        Task write = Task.Run(async () =>
        {
            foreach ((string schema, IReadOnlyList<string> texts) in cases)
            {
                JsonObject question = new() { ["schema"] = JsonNode.Parse(schema), ["texts"] = new JsonArray([.. texts.Select(text => (JsonNode)text)]) };
                await process.StandardInput.WriteLineAsync(question.ToJsonString());
            }

            process.StandardInput.Close();
        });
        List<string?[]> answers = [];
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            answers.Add([.. JsonElement.Parse(line).EnumerateArray().Select(answer => answer.GetString())]);
        }

        await write;
        Assert.Equal(cases.Count, answers.Count);
        return answers;
    }

    /// <summary>Fails where a text is not valid under its schema.</summary>
    internal static async Task AssertValidAsync(IReadOnlyList<(string Schema, IReadOnlyList<string> Texts)> cases)
    {
        List<string?[]> answers = await AskAsync(cases);
        string[] wrong = [.. cases.Zip(answers).SelectMany(pair => pair.First.Texts.Zip(pair.Second).Where(answer => answer.Second is not null).Select(answer => $"{pair.First.Schema}\n  {answer.First}\n  {answer.Second}"))];
        Assert.True(wrong.Length == 0, $"{wrong.Length} are not valid:\n{string.Join('\n', wrong.Take(10))}");
    }
}
