using System.Numerics;
using System.Text.Json;

namespace LocalLlm.Chat.Schema;

/// <summary>The numbers between two bounds.</summary>
/// <param name="Low">The lower one; null: none.</param>
/// <param name="IsLowExcluded">It does not belong to them.</param>
/// <param name="High">The upper one; null: none.</param>
/// <param name="IsHighExcluded">It does not belong to them.</param>
/// <param name="IsInteger">Only whole ones.</param>
internal sealed record NumberRange(ExactDecimal? Low, bool IsLowExcluded, ExactDecimal? High, bool IsHighExcluded, bool IsInteger)
{
    /// <summary>Whether no number belongs to it.</summary>
    internal bool IsEmpty => IsInteger ? Least(0) > Most(0) : Low?.CompareTo(High ?? Low.Value) is { } order && (order > 0 || (order == 0 && High is not null && (IsLowExcluded || IsHighExcluded)));

    /// <summary>The numbers that keep all bounds of schemas.</summary>
    internal static NumberRange Of(Conjunction all)
    {
        bool isInteger = !all.Kinds.HasFlag(JsonKinds.Fraction) || all.With("multipleOf").Any(node => IsWhole(node.Get("multipleOf")!.Value));
        NumberRange range = new(null, false, null, false, isInteger);
        foreach (SchemaNode node in all.Nodes)
        {
            foreach ((ExactDecimal bound, bool isExcluded) in Bounds(node, "minimum", "exclusiveMinimum"))
            {
                int order = range.Low is { } low ? bound.CompareTo(low) : 1;
                range = order > 0 || (order == 0 && isExcluded) ? range with { Low = bound, IsLowExcluded = isExcluded } : range;
            }

            foreach ((ExactDecimal bound, bool isExcluded) in Bounds(node, "maximum", "exclusiveMaximum"))
            {
                int order = range.High is { } high ? bound.CompareTo(high) : -1;
                range = order < 0 || (order == 0 && isExcluded) ? range with { High = bound, IsHighExcluded = isExcluded } : range;
            }
        }

        return range;
    }

    /// <summary>Whether a number keeps the bounds; if only whole ones belong to it is not looked at.</summary>
    internal bool Bounds(ExactDecimal value) =>
        !(Low is { } low && value.CompareTo(low) is var below && (below < 0 || (below == 0 && IsLowExcluded)))
        && !(High is { } high && value.CompareTo(high) is var above && (above > 0 || (above == 0 && IsHighExcluded)));

    /// <summary>The least multiple of 10^-<paramref name="places"/> in it, as a number of them. A bound that needs more places, if excluded, excludes its neighbor, which a double may not tell from it.</summary>
    internal BigInteger? Least(int places) => Low is { } low ? -Floor(-low, places, IsLowExcluded) : null;

    /// <summary>The greatest one.</summary>
    internal BigInteger? Most(int places) => High is { } high ? Floor(high, places, IsHighExcluded) : null;

    private BigInteger Floor(ExactDecimal value, int places, bool isExcluded)
    {
        BigInteger floor = value.Floor(places, out bool isExact);
        return isExcluded && (isExact || !IsInteger) ? floor - 1 : floor;
    }

    private static bool IsWhole(JsonElement multiple) => ExactDecimal.Of(multiple) is { IsInteger: true };

    // In draft 4 the exclusive ones were flags for the others.
    private static IEnumerable<(ExactDecimal Bound, bool IsExcluded)> Bounds(SchemaNode node, string keyword, string exclusive)
    {
        if (node.Has(keyword))
        {
            yield return (Read(node, keyword), node.IsSet(exclusive));
        }

        if (node.Get(exclusive) is { ValueKind: JsonValueKind.Number })
        {
            yield return (Read(node, exclusive), true);
        }
    }

    private static ExactDecimal Read(SchemaNode node, string keyword) =>
        ExactDecimal.Of(node.Get(keyword)!.Value) ?? throw SchemaErrors.Unsupported(node.PathOf(keyword), "The number is too long.");
}
