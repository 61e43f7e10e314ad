using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LocalLlm.Tests;

/// <summary>A program running beside the tests, its three streams in their hands.</summary>
internal sealed partial class ChildProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly Task<string> _error;

    private ChildProcess(string file, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        // A test run in the background of a script ignores SIGINT, and so would its children.
        ProcessStartInfo start = OperatingSystem.IsLinux() ? new("env", ["--default-signal=INT", file, .. arguments]) : new(file, arguments);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment["LOCALLLM_CACHE"] = Path.Combine(AppContext.BaseDirectory, "cache");
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }
        _process = Process.Start(start)!;
        _error = _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static string Host => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    internal static ChildProcess Dotnet(string project, IEnumerable<string> arguments, params (string Name, string Value)[] environment) =>
        new(Host, [RepositoryFolder.Program(project), .. arguments], environment);

    /// <summary>As <see cref="Dotnet"/>, in a terminal: what is written to standard input is typed, and all output comes as one.</summary>
    internal static ChildProcess DotnetInTerminal(string project, string arguments, string terminal = "dumb", params (string Name, string Value)[] environment) =>
        new("script", ["--quiet", "--return", "--command", $"'{Host}' '{RepositoryFolder.Program(project)}' {arguments}", "/dev/null"], [.. environment, ("TERM", terminal)]);

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    internal void Type(string text)
    {
        _process.StandardInput.Write(text);
        _process.StandardInput.Flush();
    }

    internal void SendInterrupt() => Assert.Equal(0, Kill(_process.Id, 2));

    /// <summary>Reads on until the text has come, and returns all up to it.</summary>
    internal async Task<string> ReadUntilAsync(string text)
    {
        using CancellationTokenSource patience = new(Patience);
        string read = "";
        char[] next = new char[1];
        while (!read.EndsWith(text, StringComparison.Ordinal))
        {
            int count = await _process.StandardOutput.ReadAsync(next, patience.Token);
            Assert.True(count > 0, $"'{text}' never came, but: {read}");
            read += next[0];
        }
        return read;
    }

    /// <summary>Ends the input, and waits for the program's end.</summary>
    internal async Task<(int ExitCode, string Output, string Error)> EndAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        _process.StandardInput.Close();
        string output = await _process.StandardOutput.ReadToEndAsync(patience.Token);
        await _process.WaitForExitAsync(patience.Token);
        return (_process.ExitCode, output, await _error);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
