using System.Globalization;
using System.Numerics;

namespace LocalLlm.Chat.Schema;

/// <summary>Writes the decimal numbers between two of the same number of digits, some of them behind the point, where zeros at the end may be left out.</summary>
internal sealed class DigitRange
{
    private readonly string _low;
    private readonly string _high;
    private readonly int _point;

    /// <param name="low">The lower bound, without its point.</param>
    /// <param name="high">The upper bound.</param>
    /// <param name="length">How many digits stand before the point.</param>
    /// <param name="places">How many may stand behind it.</param>
    internal DigitRange(BigInteger low, BigInteger high, int length, int places)
    {
        _low = low.ToString(CultureInfo.InvariantCulture).PadLeft(length + places, '0');
        _high = high.ToString(CultureInfo.InvariantCulture).PadLeft(length + places, '0');
        _point = length;
    }

    private int Count => _low.Length;

    internal string Body() => Digits(0, isAtLow: true, isAtHigh: true);

    // What may follow the first digits. Those written are the lower bound's, the upper's, both or between them.
    private string Digits(int written, bool isAtLow, bool isAtHigh)
    {
        if (written == Count)
        {
            return "";
        }

        // At a bound that the rest can't pass there is nothing to watch.
        isAtLow &= _low.AsSpan(written).ContainsAnyExcept('0') || written == 0;
        isAtHigh &= _high.AsSpan(written).ContainsAnyExcept('9');
        if (!isAtLow && !isAtHigh)
        {
            return AnyDigits(written);
        }

        string next = Next(written, isAtLow, isAtHigh);
        if (written == _point)
        {
            next = $"\".\" {next}";
        }

        return written < _point ? next
            : isAtLow ? next
            : $"({next})?";
    }

    private string Next(int written, bool isAtLow, bool isAtHigh)
    {
        char low = isAtLow ? _low[written] : '0';
        char high = isAtHigh ? _high[written] : '9';
        if (low == high)
        {
            return Digit($"\"{low}\"", Digits(written + 1, isAtLow, isAtHigh));
        }

        List<string> ways = [];
        if (isAtLow)
        {
            ways.Add(Digit($"\"{low++}\"", Digits(written + 1, isAtLow: true, isAtHigh: false)));
        }

        char last = isAtHigh ? (char)(high - 1) : high;
        if (low <= last)
        {
            ways.Add(Digit(low == last ? $"\"{low}\"" : $"[{low}-{last}]", Digits(written + 1, isAtLow: false, isAtHigh: false)));
        }

        if (isAtHigh)
        {
            ways.Add(Digit($"\"{high}\"", Digits(written + 1, isAtLow: false, isAtHigh: true)));
        }

        return ways.Count == 1 ? ways[0] : $"({string.Join(" | ", ways)})";
    }

    private static string Digit(string digit, string rest) => rest.Length > 0 ? $"{digit} {rest}" : digit;

    private string AnyDigits(int written)
    {
        int behind = Count - _point;
        if (written >= _point)
        {
            return written == _point ? $"(\".\" [0-9]{{1,{behind}}})?" : $"[0-9]{{0,{Count - written}}}";
        }

        string rest = behind > 0 ? $" (\".\" [0-9]{{1,{behind}}})?" : "";
        return _point - written == 1 ? $"[0-9]{rest}" : $"[0-9]{{{_point - written}}}{rest}";
    }
}
