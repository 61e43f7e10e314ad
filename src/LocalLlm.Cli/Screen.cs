using Spectre.Console;

namespace LocalLlm.Cli;

/// <summary>The two outputs, for more than plain text. In a file or a pipe nothing is wrapped.</summary>
internal static class Screen
{
    internal static IAnsiConsole Output { get; } = Create(Console.Out, Console.IsOutputRedirected);

    internal static IAnsiConsole Error { get; } = Create(Console.Error, Console.IsErrorRedirected);

    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (redirected)
        {
            console.Profile.Width = 10_000;
        }
        return console;
    }
}
