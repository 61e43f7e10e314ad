using System.Diagnostics;

namespace LocalLlm.Tests;

/// <summary>
/// Runs an explicit test of this assembly in a process of its own: for what can happen only once in a process, needs
/// another environment, or would take the tests down if it went wrong.
/// </summary>
internal static class ChildTest
{
    internal static async Task PassesAsync(Type type, string method, string? workingDirectory = null, params (string Name, string? Value)[] environment)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!, ["-method", $"{type.FullName}.{method}", "-explicit", "only", "-noColor"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? AppContext.BaseDirectory,
        };
        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0 && output.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", StringComparison.Ordinal), $"Exit code {process.ExitCode}:\n{output}\n{await error}");
    }
}
