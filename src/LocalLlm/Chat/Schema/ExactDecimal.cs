using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace LocalLlm.Chat.Schema;

/// <summary>A number as its decimal digits say: <paramref name="Digits"/> / 10^<paramref name="Scale"/>.</summary>
internal readonly record struct ExactDecimal(BigInteger Digits, int Scale) : IComparable<ExactDecimal>
{
    private const int MaxExponent = 1000;

    internal bool IsInteger => BigInteger.Remainder(Digits, Power(Scale)).IsZero;

    /// <summary>Reads a JSON number.</summary>
    /// <returns>null where its exponent or its length is beyond any use.</returns>
    internal static ExactDecimal? Of(JsonElement number)
    {
        string text = number.GetRawText();
        int e = text.AsSpan().IndexOfAny('e', 'E');
        int exponent = 0;
        if (text.Length > MaxExponent || (e >= 0 && (!int.TryParse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || Math.Abs(exponent) > MaxExponent)))
        {
            return null;
        }

        string mantissa = e < 0 ? text : text[..e];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        BigInteger digits = BigInteger.Parse(mantissa.Replace(".", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        int scale = (point < 0 ? 0 : mantissa.Length - point - 1) - exponent;
        return scale < 0 ? new ExactDecimal(digits * Power(-scale), 0) : new ExactDecimal(digits, scale);
    }

    public static ExactDecimal operator -(ExactDecimal value) => value with { Digits = -value.Digits };

    public int CompareTo(ExactDecimal other) => (Digits * Power(other.Scale)).CompareTo(other.Digits * Power(Scale));

    /// <summary>The greatest multiple of 10^-<paramref name="places"/> that is not above this, as a number of them; and whether it is this.</summary>
    internal BigInteger Floor(int places, out bool isExact)
    {
        BigInteger quotient = BigInteger.DivRem(Digits * Power(places), Power(Scale), out BigInteger rest);
        isExact = rest.IsZero;
        return rest.Sign < 0 ? quotient - 1 : quotient;
    }

    internal bool IsMultipleOf(ExactDecimal other) => !other.Digits.IsZero && BigInteger.Remainder(Digits * Power(other.Scale), other.Digits * Power(Scale)).IsZero;

    internal static BigInteger Power(int exponent) => BigInteger.Pow(10, exponent);
}
