using System.CommandLine;

namespace LocalLlm.Cli;

internal sealed class GgufCommand : Command
{
    internal GgufCommand() : base("gguf", "Cuts GGUF files into parts and puts them together.")
    {
        Add(new SplitCommand());
        Add(new MergeCommand());
    }
}
