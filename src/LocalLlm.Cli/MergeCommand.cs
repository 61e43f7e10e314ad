using System.CommandLine;

namespace LocalLlm.Cli;

internal sealed class MergeCommand : Command
{
    private readonly Argument<string> _part = new("FIRST-PART") { Description = "The first part of a split model, or any other of its parts." };
    private readonly Argument<string> _output = new("OUTPUT") { Description = "The file to write." };
    private readonly Option<bool> _force = new("--force") { Description = "Replace a file that exists." };

    internal MergeCommand() : base("merge", "Writes the parts of a split model as the one file that they were.")
    {
        Add(_part);
        Add(_output);
        Add(_force);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        using Interrupt interrupt = new();
        string source = parsed.GetRequiredValue(_part);
        string output = parsed.GetRequiredValue(_output);
        CopyProgress.Show("merging", source, progress =>
        {
            GgufSplitter.Merge(source, output, parsed.GetValue(_force), progress, interrupt.Token);
            return output;
        });
        Console.WriteLine(output);
        return ExitCode.Success;
    }
}
