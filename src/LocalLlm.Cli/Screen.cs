using Spectre.Console;

namespace LocalLlm.Cli;

/// <summary>The two outputs, for more than plain text. In a file or a pipe nothing is wrapped.</summary>
internal static class Screen
{
    internal static IAnsiConsole Output { get; } = Create(Console.Out, Console.IsOutputRedirected);

    internal static IAnsiConsole Error { get; } = Create(Console.Error, Console.IsErrorRedirected);

    /// <summary>Bars for a person at the terminal, on standard error; gone when they are done.</summary>
    internal static Spectre.Console.Progress Bars() => Error.Progress()
        .AutoClear(true)
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn());

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
