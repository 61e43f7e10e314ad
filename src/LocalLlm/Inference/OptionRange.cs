using System.Numerics;

namespace LocalLlm.Inference;

/// <summary>The checks that an option's value is one that it can have.</summary>
internal static class OptionRange
{
    /// <exception cref="ArgumentOutOfRangeException">The value is not in the range, or NaN. It names the option.</exception>
    internal static void Check<T>(T? value, T min, T max, string option)
        where T : struct, INumber<T>
    {
        // NaN is in no range.
        if (value is { } given && !(given >= min && given <= max))
        {
            throw new ArgumentOutOfRangeException(option, given, FormattableString.Invariant($"{option} must be between {min} and {max}."));
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The value is NaN or infinite. It names the option.</exception>
    internal static void CheckFinite(float? value, string option)
    {
        if (value is { } given && !float.IsFinite(given))
        {
            throw new ArgumentOutOfRangeException(option, given, $"{option} must be a finite number.");
        }
    }
}
