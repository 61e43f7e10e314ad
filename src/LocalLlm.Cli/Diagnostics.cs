using System.CommandLine;
using Microsoft.Extensions.Logging;

namespace LocalLlm.Cli;

/// <summary>What goes to standard error: one line for an error, and the log where asked for.</summary>
internal static class Diagnostics
{
    internal static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "Write the log of the native library to standard error.",
        Recursive = true,
    };

    internal static ILoggerFactory? LoggerFactory(ParseResult parsed) => parsed.GetValue(Verbose) ? new StderrLogger() : null;

    internal static int Report(Exception exception, ParseResult parsed)
    {
        if (parsed.GetValue(Verbose))
        {
            Console.Error.WriteLine(exception);
        }
        // The library answers an option's value that can't be with an ArgumentException; which parameter of whose it was is nothing to a user.
        return exception is ArgumentException or FormatException
            ? Report(ExitCode.Usage, exception.Message.Split(" (Parameter '")[0])
            : Report(ExitCode.Failure, exception.Message);
    }

    internal static int Report(int exitCode, string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Console.Error.WriteLine($"localllm: {Plain.Of(string.Join(' ', lines))}");
        return exitCode;
    }
}
