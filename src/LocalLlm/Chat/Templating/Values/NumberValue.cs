using System.Numerics;

namespace LocalLlm.Chat.Templating;

/// <summary>A bool, an int or a float: Python compares and hashes them as one.</summary>
internal abstract class NumberValue : TemplateValue
{
    /// <summary>The value as a whole number; null for a float.</summary>
    internal abstract BigInteger? Whole { get; }

    internal abstract double Real { get; }

    internal override TemplateValue? Attribute(string name) => NumberMethods.Of(this, name);

    public override bool Equals(TemplateValue? other) => other is NumberValue number && Compare(number) == 0;

    public override int GetHashCode()
    {
        if (Whole is { } whole)
        {
            return whole.GetHashCode();
        }

        return double.IsInteger(Real) ? new BigInteger(Real).GetHashCode() : Real.GetHashCode();
    }

    /// <summary>The order; null where one is not a number.</summary>
    internal int? Compare(NumberValue other)
    {
        if (this is IntegerValue { Small: { } left } && other is IntegerValue { Small: { } right })
        {
            return left.CompareTo(right);
        }

        if (double.IsNaN(Real) || double.IsNaN(other.Real))
        {
            return null;
        }

        if (Whole is null && other.Whole is null)
        {
            return Real.CompareTo(other.Real);
        }

        if (double.IsInfinity(Real) && Whole is null)
        {
            return Real > 0 ? 1 : -1;
        }

        if (double.IsInfinity(other.Real) && other.Whole is null)
        {
            return other.Real > 0 ? -1 : 1;
        }

        int order = (Whole ?? new BigInteger(Math.Floor(Real))).CompareTo(other.Whole ?? new BigInteger(Math.Floor(other.Real)));
        if (order != 0)
        {
            return order;
        }

        bool hasFraction = Whole is null && !double.IsInteger(Real);
        bool otherHasFraction = other.Whole is null && !double.IsInteger(other.Real);
        return hasFraction.CompareTo(otherHasFraction);
    }
}
