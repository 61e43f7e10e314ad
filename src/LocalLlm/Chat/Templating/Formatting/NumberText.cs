using System.Globalization;
using System.Numerics;
using System.Text;

namespace LocalLlm.Chat.Templating;

/// <summary>Numbers from and to text, as Python writes them.</summary>
internal static class NumberText
{
    // As many as Python reads.
    internal const int MaxDigits = 4300;

    /// <summary>The shortest text that gives the same float.</summary>
    internal static string Repr(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        (string sign, string digits, int exponent) = Digits(value.ToString("E16", CultureInfo.InvariantCulture), value);
        return exponent is < -4 or >= 16
            ? sign + Scientific(digits, exponent)
            : sign + Plain(digits, exponent);
    }

    /// <summary>As format 'f' with a number of places: exact, half to even.</summary>
    internal static string Fixed(double value, int places)
    {
        long bits = BitConverter.DoubleToInt64Bits(Math.Abs(value));
        int exponent = (int)(bits >> 52);
        BigInteger mantissa = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52);
        exponent = Math.Max(exponent, 1) - 1075;
        BigInteger scaled = mantissa * BigInteger.Pow(10, places);
        BigInteger rounded = exponent >= 0 ? scaled << exponent : RoundHalfEven(scaled, BigInteger.One << -exponent);
        string digits = rounded.ToString(CultureInfo.InvariantCulture).PadLeft(places + 1, '0');
        string text = places == 0 ? digits : $"{digits[..^places]}.{digits[^places..]}";
        return double.IsNegative(value) ? "-" + text : text;
    }

    /// <summary>As format 'e' with a number of places.</summary>
    internal static string Exponential(double value, int places, char letter)
    {
        string text = value.ToString($"E{places}", CultureInfo.InvariantCulture);
        int at = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = int.Parse(text.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return $"{text[..at]}{letter}{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    /// <summary>As format 'g' with a number of significant digits.</summary>
    internal static string General(double value, int precision, char letter, bool keepZeros)
    {
        precision = Math.Max(precision, 1);
        string text = value.ToString($"E{precision - 1}", CultureInfo.InvariantCulture);
        int at = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = int.Parse(text.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string formatted = exponent < -4 || exponent >= precision ? Exponential(value, precision - 1, letter) : Fixed(value, Math.Max(precision - 1 - exponent, 0));
        if (keepZeros || !formatted.Contains('.', StringComparison.Ordinal))
        {
            return formatted;
        }

        int e = formatted.IndexOf(letter, StringComparison.Ordinal);
        return e < 0 ? formatted.TrimEnd('0').TrimEnd('.') : formatted[..e].TrimEnd('0').TrimEnd('.') + formatted[e..];
    }

    /// <summary>As Python's round(value, places).</summary>
    internal static double Round(double value, int places)
    {
        if (!double.IsFinite(value) || places > 330)
        {
            return value;
        }

        if (places >= 0)
        {
            return double.Parse(Fixed(value, places), CultureInfo.InvariantCulture);
        }

        BigInteger unit = BigInteger.Pow(10, Math.Min(-places, 400));
        BigInteger whole = new(Math.Truncate(value));
        bool hasMore = whole != 0 && !double.IsInteger(value);
        BigInteger rounded = RoundHalfEven(BigInteger.Abs((whole * 2) + (hasMore ? Math.Sign(value) : 0)), unit * 2) * unit;
        return double.Parse(rounded.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) * (double.IsNegative(value) ? -1.0 : 1.0);
    }

    internal static BigInteger RoundHalfEven(BigInteger value, BigInteger unit)
    {
        BigInteger quotient = BigInteger.DivRem(value, unit, out BigInteger rest);
        int half = (rest * 2).CompareTo(unit);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    internal static TemplateValue ParseJson(string raw) =>
        raw.AsSpan().IndexOfAny('.', 'e', 'E') < 0
            ? IntegerValue.Of(BigInteger.Parse(raw, CultureInfo.InvariantCulture))
            : new FloatValue(double.Parse(raw, CultureInfo.InvariantCulture));

    /// <summary>As Python's int(text, base); null where it is no number.</summary>
    internal static BigInteger? ParseWhole(string text, int radix)
    {
        if (radix is not (0 or (>= 2 and <= 36)))
        {
            return null;
        }

        ReadOnlySpan<char> rest = Trim(text);
        bool isNegative = rest.StartsWith("-");
        rest = rest.StartsWith("-") || rest.StartsWith("+") ? rest[1..] : rest;
        int prefixed = rest.Length > 1 && rest[0] == '0' ? (rest[1] | 32) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 } : 0;
        if (prefixed != 0 && (radix == prefixed || radix == 0))
        {
            rest = rest[2..];
            rest = rest.StartsWith("_") ? rest[1..] : rest;
            radix = prefixed;
        }
        else if (radix == 0)
        {
            radix = 10;
            if (rest.StartsWith("0") && rest.ContainsAnyExcept('0', '_'))
            {
                return null;
            }
        }

        if (rest.Length is 0 or > MaxDigits || rest[0] == '_' || rest[^1] == '_' || rest.Contains("__", StringComparison.Ordinal))
        {
            return null;
        }

        BigInteger value = 0;
        (ulong digits, ulong scale) = (0, 1);
        foreach (Rune rune in rest.EnumerateRunes())
        {
            if (rune.Value == '_')
            {
                continue;
            }

            int digit = Rune.IsDigit(rune) ? (int)Rune.GetNumericValue(rune) : (rune.Value | 32) is >= 'a' and <= 'z' and int letter ? letter - 'a' + 10 : 99;
            if (digit >= radix)
            {
                return null;
            }

            (digits, scale) = ((digits * (ulong)radix) + (ulong)digit, scale * (ulong)radix);
            // As many at a time as a word holds.
            if (scale > ulong.MaxValue / 64)
            {
                (value, digits, scale) = ((value * scale) + digits, 0, 1);
            }
        }

        value = (value * scale) + digits;
        return isNegative ? -value : value;
    }

    /// <summary>As Python's float(text); null where it is no number.</summary>
    internal static double? ParseReal(string text)
    {
        string rest = Trim(text).ToString().ToUpperInvariant();
        string unsigned = rest.TrimStart('+', '-');
        if (rest.Length - unsigned.Length <= 1)
        {
            double sign = rest.StartsWith('-') ? -1.0 : 1.0;
            switch (unsigned)
            {
                case "INF" or "INFINITY": return sign * double.PositiveInfinity;
                case "NAN": return double.NaN;
            }
        }

        for (int i = 0; i < rest.Length; i++)
        {
            if (rest[i] == '_' && (i == 0 || i + 1 == rest.Length || !char.IsAsciiDigit(rest[i - 1]) || !char.IsAsciiDigit(rest[i + 1])))
            {
                return null;
            }
        }

        const NumberStyles styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return unsigned.Length > 0 && (char.IsAsciiDigit(unsigned[0]) || unsigned[0] == '.')
            && double.TryParse(rest.Replace("_", "", StringComparison.Ordinal), styles, CultureInfo.InvariantCulture, out double value) ? value : null;
    }

    private static ReadOnlySpan<char> Trim(string text)
    {
        int start = 0;
        int end = text.Length;
        while (start < end && PythonText.IsSpace(text[start]))
        {
            start++;
        }

        while (end > start && PythonText.IsSpace(text[end - 1]))
        {
            end--;
        }

        return text.AsSpan(start, end - start);
    }

    // "R" is the shortest text, in a form of .NET's own.
    private static (string Sign, string Digits, int Exponent) Digits(string scientific, double value)
    {
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        int e = shortest.IndexOf('E', StringComparison.Ordinal);
        string digits = (e < 0 ? shortest : shortest[..e]).TrimStart('-').Replace(".", "", StringComparison.Ordinal).Trim('0');
        int exponent = int.Parse(scientific.AsSpan(scientific.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return (double.IsNegative(value) ? "-" : "", digits.Length == 0 ? "0" : digits, exponent);
    }

    private static string Scientific(string digits, int exponent) =>
        $"{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";

    private static string Plain(string digits, int exponent)
    {
        if (exponent < 0)
        {
            return $"0.{new string('0', -exponent - 1)}{digits}";
        }

        string whole = digits.Length > exponent + 1 ? digits[..(exponent + 1)] : digits.PadRight(exponent + 1, '0');
        string fraction = digits.Length > exponent + 1 ? digits[(exponent + 1)..] : "";
        return fraction.Length > 0 ? $"{whole}.{fraction}" : $"{whole}.0";
    }
}
