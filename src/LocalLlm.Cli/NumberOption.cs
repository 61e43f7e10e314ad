using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace LocalLlm.Cli;

/// <summary>An option that takes a number; null where it is not given.</summary>
internal sealed class NumberOption<T> : Option<T?> where T : struct, INumber<T>
{
    internal NumberOption(string name, string helpName, string description) : base(name)
    {
        HelpName = helpName;
        Description = description;
        CustomParser = Parse;
    }

    private T? Parse(ArgumentResult result)
    {
        if (T.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out T number))
        {
            return number;
        }
        result.AddError($"{Name} takes a number that fits, not '{result.Tokens[0].Value}'.");
        return null;
    }
}
