using System.CommandLine;
using System.CommandLine.Parsing;

namespace LocalLlm.Cli;

/// <summary>The argument that says which model.</summary>
internal sealed class ReferenceArgument : Argument<ModelReference>
{
    internal ReferenceArgument(string name, string description) : base(name)
    {
        Description = description;
        CustomParser = Parse;
    }

    private static ModelReference? Parse(ArgumentResult result)
    {
        try
        {
            return ModelReference.Parse(ModelOptions.PathOf(result.Tokens[0].Value));
        }
        catch (FormatException wrong)
        {
            result.AddError(wrong.Message);
            return null;
        }
    }
}
