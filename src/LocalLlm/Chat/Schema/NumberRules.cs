using System.Numerics;
using System.Text.Json;

namespace LocalLlm.Chat.Schema;

/// <summary>Writes the rules of numbers.</summary>
internal static class NumberRules
{
    // What a double keeps, so that a reader's rounding can't cross a bound.
    private const int MaxDigits = 15;

    // Within 64 bits; more only where a bound has more.
    private const int MaxIntegerDigits = 18;

    private const int MaxBoundDigits = 60;

    private static readonly string[] Bounds = ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"];

    internal static string Body(GrammarWriter writer, Conjunction all)
    {
        if (all.With("multipleOf").FirstOrDefault(node => !IsOne(node.Get("multipleOf")!.Value)) is { } multiple)
        {
            throw SchemaErrors.Unsupported(multiple.PathOf("multipleOf"), "Multiples other than of 1 can't be kept.");
        }

        NumberRange range = NumberRange.Of(all);
        if (range is { Low: null, High: null })
        {
            return range.IsInteger
                ? writer.Once("integer", static _ => $"\"0\" | \"-\"? [1-9] [0-9]{{0,{MaxIntegerDigits - 1}}}")
                : writer.Once("number", static _ => $"\"-\"? (\"0\" | [1-9] [0-9]{{0,{MaxDigits - 1}}}) (\".\" [0-9]{{1,{MaxDigits}}})? ([eE] [-+]? [0-9]{{1,2}})?");
        }

        string[] bodies = [.. Magnitudes(writer, range), .. Magnitudes(writer, Negate(range)).Select(body => $"\"-\" ({body})")];
        return bodies.Length > 0
            ? string.Join(" | ", bodies)
            : range.IsEmpty
                ? JsonSyntax.Never(writer)
                : throw SchemaErrors.Unsupported(Bounds.SelectMany(all.With).First().Path, $"No number of {MaxDigits} digits is within the bounds.");
    }

    private static NumberRange Negate(NumberRange range)
    {
        NumberRange negated = new(range.High is { } high ? -high : null, range.IsHighExcluded, range.Low is { } low ? -low : null, range.IsLowExcluded, range.IsInteger);

        // There is no -0.
        return negated.Low is { } least && least.Digits.Sign > 0 ? negated : negated with { Low = default(ExactDecimal), IsLowExcluded = true };
    }

    // The numbers of at least 0, for each number of digits before the point.
    private static IEnumerable<string> Magnitudes(GrammarWriter writer, NumberRange range)
    {
        int longest = range.IsInteger ? Math.Max(MaxIntegerDigits, Math.Max(Length(range.Least(0)), Length(range.Most(0)))) : MaxDigits;
        if (longest > MaxBoundDigits)
        {
            longest = MaxIntegerDigits;
        }

        for (int length = 1; length <= longest; length++)
        {
            int places = range.IsInteger ? 0 : MaxDigits - length;
            BigInteger first = length == 1 ? 0 : ExactDecimal.Power(length - 1 + places);
            BigInteger last = ExactDecimal.Power(length + places) - 1;
            BigInteger least = BigInteger.Max(first, range.Least(places) ?? first);
            BigInteger most = BigInteger.Min(last, range.Most(places) ?? last);
            if (least <= most)
            {
                yield return writer.Define($"digits-{length}", new DigitRange(least, most, length, places).Body());
            }
        }
    }

    private static int Length(BigInteger? number) => number is { } value ? BigInteger.Abs(value).ToString().Length : 0;

    private static bool IsOne(JsonElement number) => ExactDecimal.Of(number)?.CompareTo(new ExactDecimal(1, 0)) == 0;
}
