using System.Numerics;

namespace LocalLlm.Inference;

/// <summary>The check that an option's value is in its range.</summary>
internal static class OptionRange
{
    /// <exception cref="ArgumentOutOfRangeException">The value is not in the range, or NaN. It names the option.</exception>
    internal static void Check<T>(T? value, T min, T max, string option)
        where T : struct, INumber<T>
    {
        // NaN is in no range.
        if (value is { } given && !(given >= min && given <= max))
        {
            throw new ArgumentOutOfRangeException(option, given, $"{option} must be between {min} and {max}.");
        }
    }
}
