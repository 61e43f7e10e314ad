using System.Globalization;
using System.Numerics;

namespace LocalLlm.Chat.Templating;

/// <summary>A whole number of any size, up to a limit.</summary>
internal sealed class IntegerValue : NumberValue
{
    // As many as Python writes out.
    private const int MaxDigits = 4300;
    // Of the longest literal, which can be hexadecimal.
    private const long MaxBits = 4 * MaxDigits;

    private static readonly IntegerValue[] Cached = [.. Enumerable.Range(-1, 258).Select(i => new IntegerValue(i))];

    private readonly long _small;
    private readonly BigInteger? _large;

    private IntegerValue(long value) => _small = value;

    private IntegerValue(BigInteger value) => _large = value;

    internal override string TypeName => "int";

    internal override bool IsTrue => _large is not null || _small != 0;

    /// <summary>The value where it fits.</summary>
    internal long? Small => _large is null ? _small : null;

    internal override BigInteger? Whole => _large ?? _small;

    internal override double Real => _large is { } large ? (double)large : _small;

    internal static IntegerValue Of(long value) => value is >= -1 and < 257 ? Cached[value + 1] : new IntegerValue(value);

    internal static IntegerValue Of(BigInteger value)
    {
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            return Of((long)value);
        }

        return value.GetBitLength() <= MaxBits ? new IntegerValue(value) : throw new TemplateFault($"A whole number has more than {MaxBits} bits.");
    }

    internal override void WriteRepr(TextBuilder output)
    {
        output.Evaluation?.Work(Evaluation.StepsOfDigits(_large?.GetBitLength() ?? 0));
        string digits = _large is { } large ? large.ToString(CultureInfo.InvariantCulture) : _small.ToString(CultureInfo.InvariantCulture);
        output.Append(digits.Length <= MaxDigits ? digits : throw new TemplateFault($"A whole number has more than {MaxDigits} digits."));
    }
}
