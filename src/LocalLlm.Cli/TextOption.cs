using System.CommandLine;
using System.CommandLine.Parsing;

namespace LocalLlm.Cli;

/// <summary>An option whose text the library reads; null where it is not given.</summary>
internal sealed class TextOption<T> : Option<T?> where T : class
{
    private readonly Func<string, T> _read;

    internal TextOption(string name, string helpName, string description, Func<string, T> read) : base(name)
    {
        _read = read;
        HelpName = helpName;
        Description = description;
        CustomParser = Parse;
    }

    private T? Parse(ArgumentResult result)
    {
        try
        {
            return _read(result.Tokens[0].Value);
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException)
        {
            result.AddError($"{Name}: {wrong.Message}");
            return null;
        }
    }
}
