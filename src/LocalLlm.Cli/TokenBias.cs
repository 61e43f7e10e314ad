using System.Globalization;

namespace LocalLlm.Cli;

/// <summary>What is added to a token's logit, as it is written on the command line: ID=VALUE.</summary>
internal static class TokenBias
{
    internal static bool TryParse(string text, out KeyValuePair<int, float> bias)
    {
        bias = default;
        if (text.Split('=') is not [string id, string number]
            || !int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int token)
            || !float.TryParse(number == "-inf" ? "-Infinity" : number, NumberStyles.Float, CultureInfo.InvariantCulture, out float value))
        {
            return false;
        }
        bias = new(token, value);
        return true;
    }
}
