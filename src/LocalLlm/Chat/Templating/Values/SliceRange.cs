using System.Numerics;

namespace LocalLlm.Chat.Templating;

/// <summary>The bounds of a slice, each null where not given.</summary>
internal readonly record struct SliceRange(BigInteger? Start, BigInteger? Stop, BigInteger? Step)
{
    internal static SliceRange From(TemplateValue start, TemplateValue stop, TemplateValue step) => new(Bound(start), Bound(stop), Bound(step));

    /// <summary>The first index, the number of elements and the distance between them, in a sequence of a length.</summary>
    internal (int Start, int Count, int Step) Resolve(int length)
    {
        BigInteger step = Step ?? 1;
        if (step.IsZero)
        {
            throw new TemplateFault("slice step cannot be zero.");
        }

        (int lowest, int highest) = step.Sign > 0 ? (0, length) : (-1, length - 1);
        int start = Start is { } s ? Clamp(s, length, lowest, highest) : step.Sign > 0 ? lowest : highest;
        int stop = Stop is { } e ? Clamp(e, length, lowest, highest) : step.Sign > 0 ? highest : lowest;
        int stride = (int)BigInteger.Max(BigInteger.Min(step, length + 1), -length - 1);
        int span = stride > 0 ? stop - start : start - stop;
        return (start, span <= 0 ? 0 : ((span - 1) / Math.Abs(stride)) + 1, stride);
    }

    private static int Clamp(BigInteger bound, int length, int lowest, int highest)
    {
        BigInteger index = bound.Sign < 0 ? bound + length : bound;
        return (int)BigInteger.Max(BigInteger.Min(index, highest), lowest);
    }

    private static BigInteger? Bound(TemplateValue value)
    {
        value.ThrowIfUndefined();
        return value switch
        {
            NoneValue => null,
            NumberValue { Whole: { } whole } => whole,
            _ => throw new TemplateFault("slice indices must be integers or None."),
        };
    }
}
