using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using LocalLlm.Cli;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

RootCommand root = new("Runs GGUF language models on this machine.")
{
    new ChatCommand(),
    new GenerateCommand(),
    new TokenizeCommand(),
    new TemplateCommand(),
    new HardwareCommand(),
    new DoctorCommand(),
    new BenchCommand(),
    new PerplexityCommand(),
    new PlanCommand(),
    new InspectCommand(),
    new GgufCommand(),
    new PullCommand(),
    new ListCommand(),
    new RemoveCommand(),
    new QuantizeCommand(),
    new PresetsCommand(),
    Diagnostics.Verbose,
};
root.HelpName = "localllm";
// A prompt may begin with @: it is not the name of a file with more arguments.
ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
if (parsed.Errors is [.., { } error])
{
    return Diagnostics.Report(ExitCode.Usage, $"{error.Message} See '{HelpOf(parsed)}'.");
}
try
{
    return await parsed.InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,       // each command says what Ctrl+C does: see Interrupt
    });
}
catch (OperationCanceledException)
{
    return ExitCode.Interrupted;
}
catch (Exception exception)
{
    return Diagnostics.Report(exception, parsed);
}

static string HelpOf(ParseResult parsed)
{
    string help = "--help";
    for (SymbolResult? result = parsed.CommandResult; result is CommandResult { Command: not RootCommand } command; result = command.Parent)
    {
        help = $"{command.Command.Name} {help}";
    }
    return $"localllm {help}";
}
