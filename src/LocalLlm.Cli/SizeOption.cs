using System.CommandLine;
using System.CommandLine.Parsing;

namespace LocalLlm.Cli;

/// <summary>An option that takes a number of bytes; null where it is not given.</summary>
internal sealed class SizeOption : Option<long?>
{
    internal SizeOption(string name, string description) : base(name)
    {
        HelpName = "SIZE";
        Description = description;
        CustomParser = Parse;
    }

    private long? Parse(ArgumentResult result)
    {
        if (Size.TryParse(result.Tokens[0].Value, out long bytes))
        {
            return bytes;
        }
        result.AddError($"{Name} takes a size such as 2G, 500M or 1.5GiB, not '{result.Tokens[0].Value}'.");
        return null;
    }
}
