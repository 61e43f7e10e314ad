using System.Text.Json;

namespace LocalLlm.Tests;

/// <summary>Runs the command localllm as its users do: as a program.</summary>
internal static class Localllm
{
    internal const string Project = "src/LocalLlm.Cli";

    internal static ChildProcess Start(params IEnumerable<string> arguments) => ChildProcess.Dotnet(Project, arguments);

    internal static async Task<(int ExitCode, string Output, string Error)> RunAsync(params IEnumerable<string> arguments)
    {
        using ChildProcess process = Start(arguments);
        return await process.EndAsync();
    }

    /// <summary>Runs a command that must succeed, with nothing on standard error.</summary>
    internal static async Task<string> OutputAsync(params IEnumerable<string> arguments)
    {
        (int exitCode, string output, string error) = await RunAsync(arguments);
        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        return output;
    }

    internal static async Task<JsonElement> JsonAsync(params IEnumerable<string> arguments) =>
        JsonDocument.Parse(await OutputAsync([.. arguments, "--json"])).RootElement;

    /// <summary>Runs a command that must fail with one line on standard error and nothing else, and returns the line.</summary>
    internal static async Task<string> ErrorAsync(int exitCode, params IEnumerable<string> arguments)
    {
        (int actual, string output, string error) = await RunAsync(arguments);
        Assert.Equal("", output);
        Assert.Matches("^localllm: [^\n]+\n$", error);
        Assert.Equal(exitCode, actual);
        return error;
    }

    internal static IEnumerable<string> Names(JsonElement json) => json.EnumerateObject().Select(property => property.Name);
}
