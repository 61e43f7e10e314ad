using System.CommandLine;

namespace LocalLlm.Cli;

internal sealed class RemoveCommand : Command
{
    private readonly ReferenceArgument _reference = new("REF", "A model as 'list' shows it, or hf:owner/repo for all of a repository.");

    internal RemoveCommand() : base("rm", "Removes a model from the store. Files elsewhere are never removed.")
    {
        Add(_reference);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        ModelStore store = ThisMachine.Store(parsed);
        Console.WriteLine($"{Size.Of(store.Remove(parsed.GetRequiredValue(_reference)))} freed");
        return ExitCode.Success;
    }
}
