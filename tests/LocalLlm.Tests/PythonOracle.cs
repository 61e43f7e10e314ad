using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LocalLlm.Tests;

/// <summary>A Python program of the tests that answers each line of JSON with one.</summary>
/// <param name="script">The program, from the repository's root.</param>
/// <param name="probe">Python that runs where all that it needs is there.</param>
/// <param name="requirement">The name of that requirement.</param>
/// <param name="lacking">What is lacking else.</param>
internal sealed class PythonOracle(string script, string probe, string requirement, string lacking)
{
    private readonly Lazy<bool> _isThere = new(() =>
    {
        try
        {
            using Process? process = Process.Start(new ProcessStartInfo("python3", ["-c", probe]) { RedirectStandardError = true });
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    internal void Require() => Requirement.Meet(requirement, _isThere.Value, lacking);

    internal async Task<List<JsonElement>> AskAsync(IReadOnlyCollection<JsonObject> questions)
    {
        ProcessStartInfo start = new("python3", ["-X", "utf8", "-W", "ignore", RepositoryFolder.File(script)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        Task write = Task.Run(async () =>
        {
            foreach (JsonObject question in questions)
            {
                await process.StandardInput.WriteLineAsync(question.ToJsonString());
            }

            process.StandardInput.Close();
        });
        List<JsonElement> answers = [];
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            answers.Add(JsonElement.Parse(line));
        }

        await write;
        Assert.Equal(questions.Count, answers.Count);
        return answers;
    }
}
