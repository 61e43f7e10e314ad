using System.CommandLine;
using System.CommandLine.Parsing;

namespace LocalLlm.Cli;

/// <summary>The argument REF: which model.</summary>
internal sealed class ReferenceArgument : Argument<ModelReference>
{
    internal ReferenceArgument(string description) : base("REF")
    {
        Description = description;
        CustomParser = Parse;
    }

    private static ModelReference? Parse(ArgumentResult result)
    {
        try
        {
            return ModelReference.Parse(result.Tokens[0].Value);
        }
        catch (FormatException wrong)
        {
            result.AddError(wrong.Message);
            return null;
        }
    }
}
