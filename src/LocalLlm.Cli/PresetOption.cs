using System.CommandLine;
using System.CommandLine.Parsing;

namespace LocalLlm.Cli;

/// <summary>The option --preset; null where it is not given.</summary>
internal sealed class PresetOption : Option<QuantizationPreset?>
{
    internal PresetOption(string description) : base("--preset")
    {
        HelpName = "P";
        Description = description;
        CustomParser = Parse;
    }

    private static QuantizationPreset? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (QuantizationPreset.TryParse(text, out QuantizationPreset preset))
        {
            return preset;
        }
        result.AddError($"--preset takes auto, Q4, Q8, F16 or a file type such as Q5_K_M, not '{text}'.");
        return null;
    }
}
