using System.Numerics;

namespace LocalLlm.Chat.Templating;

/// <summary>Python's operators.</summary>
internal static class Operations
{
    private const int MaxPowerBits = 16 * 1024;

    internal static TemplateValue Binary(Evaluation evaluation, string symbol, TemplateValue left, TemplateValue right)
    {
        if (symbol == "~")
        {
            return Join(evaluation, left.ToText(evaluation), right.ToText(evaluation), isMarkup: false);
        }

        return symbol switch
        {
            _ when left is NumberValue a && right is NumberValue b => Arithmetic(symbol, a, b),
            "+" when left is StringValue a && right is StringValue b => Join(evaluation, Html.Match(a, b), Html.Match(b, a), a.IsMarkup || b.IsMarkup),
            "+" when left is SequenceValue a && right is SequenceValue b && a.GetType() == b.GetType() => Join(evaluation, a, b),
            "*" when left is StringValue or SequenceValue && right is NumberValue { Whole: { } times } => Repeat(evaluation, left, times),
            "*" when right is StringValue or SequenceValue && left is NumberValue { Whole: { } times } => Repeat(evaluation, right, times),
            "%" when left is StringValue format => PercentFormat.Apply(evaluation, format, right),
            _ => throw TemplateFault.NotSupported(symbol, left, right),
        };
    }

    internal static TemplateValue Negate(TemplateValue value) => value switch
    {
        NumberValue { Whole: { } whole } => IntegerValue.Of(-whole),
        NumberValue number => new FloatValue(-number.Real),
        UndefinedValue undefined => throw undefined.Fault(),
        _ => throw new TemplateFault($"bad operand type for unary -: '{value.TypeName}'."),
    };

    internal static TemplateValue Plus(TemplateValue value) => value switch
    {
        NumberValue { Whole: { } whole } => IntegerValue.Of(whole),
        NumberValue => value,
        UndefinedValue undefined => throw undefined.Fault(),
        _ => throw new TemplateFault($"bad operand type for unary +: '{value.TypeName}'."),
    };

    internal static bool Compares(string symbol, TemplateValue left, TemplateValue right) => symbol switch
    {
        "==" => left.Equals(right),
        "!=" => !left.Equals(right),
        "in" => right.Contains(left),
        "not in" => !right.Contains(left),
        _ => Order(symbol, left, right) is { } order && symbol switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        },
    };

    /// <summary>The order of two values; null where neither is first (nan).</summary>
    internal static int? Order(string symbol, TemplateValue left, TemplateValue right)
    {
        switch (left, right)
        {
            case (NumberValue a, NumberValue b):
                return a.Compare(b);
            case (StringValue a, StringValue b):
                return a.CompareTo(b);
            case (SequenceValue a, SequenceValue b) when a.GetType() == b.GetType():
                System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
                for (int i = 0; i < a.Items.Count && i < b.Items.Count; i++)
                {
                    if (!a.Items[i].Equals(b.Items[i]))
                    {
                        return Order(symbol, a.Items[i], b.Items[i]);
                    }
                }

                return a.Items.Count.CompareTo(b.Items.Count);
            default:
                throw TemplateFault.NotSupported(symbol, left, right);
        }
    }

    internal static StringValue Join(Evaluation evaluation, StringValue left, StringValue right, bool isMarkup)
    {
        if (!left.HasContent && !right.HasContent)
        {
            evaluation.Charge(64 + (2L * (left.Text.Length + right.Text.Length)));
            return new StringValue(left.Text + right.Text, [], isMarkup);
        }

        return new TextBuilder(evaluation).Append(left).Append(right).ToValue(isMarkup);
    }

    private static SequenceValue Join(Evaluation evaluation, SequenceValue left, SequenceValue right)
    {
        evaluation.Charge(64 + (8L * (left.Items.Count + right.Items.Count)));
        return left.With([.. left.Items, .. right.Items]);
    }

    private static TemplateValue Repeat(Evaluation evaluation, TemplateValue value, BigInteger times)
    {
        if (times.Sign <= 0)
        {
            return value is SequenceValue sequence ? sequence.With([]) : StringValue.Empty.AsMarkup(((StringValue)value).IsMarkup);
        }

        int length = value is StringValue text ? text.Text.Length : ((SequenceValue)value).Items.Count;
        evaluation.Charge((long)BigInteger.Min(times * length * 8, long.MaxValue / 2));
        if (length == 0)
        {
            return value;
        }

        if (value is SequenceValue items)
        {
            return items.With([.. Enumerable.Repeat(items.Items, (int)times).SelectMany(i => i)]);
        }

        TextBuilder repeated = new(evaluation);
        for (int i = 0; i < (int)times; i++)
        {
            repeated.Append((StringValue)value);
        }

        return repeated.ToValue(((StringValue)value).IsMarkup);
    }

    private static TemplateValue Arithmetic(string symbol, NumberValue left, NumberValue right)
    {
        if (left.Whole is { } a && right.Whole is { } b && symbol != "/")
        {
            if (left is IntegerValue { Small: { } i } && right is IntegerValue { Small: { } j })
            {
                switch (symbol)
                {
                    case "+" when !WouldOverflow(i, j): return IntegerValue.Of(i + j);
                    case "-" when j != long.MinValue && !WouldOverflow(i, -j): return IntegerValue.Of(i - j);
                }
            }

            return symbol switch
            {
                "+" => IntegerValue.Of(a + b),
                "-" => IntegerValue.Of(a - b),
                "*" => IntegerValue.Of(a * b),
                "//" => IntegerValue.Of((a - FloorMod(a, b)) / b),
                "%" => IntegerValue.Of(FloorMod(a, b)),
                _ when b.Sign < 0 => Power(left.Real, right.Real),
                _ => Power(a, b),
            };
        }

        (double x, double y) = (left.Real, right.Real);
        if (left.Whole is not null && double.IsInfinity(x) || right.Whole is not null && double.IsInfinity(y))
        {
            throw new TemplateFault("int too large to convert to float.");
        }

        return symbol switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "**" => Power(x, y),
            _ when y == 0 => throw new TemplateFault("division by zero."),
            "/" => x / y,
            "%" => FloorMod(x, y),
            _ => FloorDivide(x, y),
        };
    }

    internal static TemplateValue Remainder(NumberValue left, NumberValue right) => Arithmetic("%", left, right);

    private static bool WouldOverflow(long a, long b) => ((a ^ (a + b)) & (b ^ (a + b))) < 0;

    private static BigInteger FloorMod(BigInteger a, BigInteger b)
    {
        if (b.IsZero)
        {
            throw new TemplateFault("integer division or modulo by zero.");
        }

        BigInteger rest = a % b;
        return !rest.IsZero && rest.Sign != b.Sign ? rest + b : rest;
    }

    private static double FloorMod(double x, double y)
    {
        double rest = x % y;
        if (rest == 0)
        {
            return Math.CopySign(0, y);
        }

        return rest < 0 != y < 0 ? rest + y : rest;
    }

    private static double FloorDivide(double x, double y)
    {
        double rest = x % y;
        double quotient = (x - rest) / y;
        if (rest != 0 && rest < 0 != y < 0)
        {
            quotient--;
        }

        if (quotient == 0)
        {
            return Math.CopySign(0, x / y);
        }

        double floor = Math.Floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static IntegerValue Power(BigInteger a, BigInteger b)
    {
        if (BigInteger.Abs(a) > 1 && b * (a.GetBitLength() - 1) > MaxPowerBits)
        {
            throw new TemplateFault($"A power has more than {MaxPowerBits} bits.");
        }

        return BigInteger.Abs(a) <= 1
            ? IntegerValue.Of(b.IsZero || a.IsOne ? 1 : a.IsZero ? 0 : b.IsEven ? 1 : -1)
            : IntegerValue.Of(BigInteger.Pow(a, (int)b));
    }

    private static TemplateValue Power(double x, double y)
    {
        if (x == 0 && y < 0)
        {
            throw new TemplateFault("0.0 cannot be raised to a negative power.");
        }

        if (x < 0 && double.IsFinite(x) && double.IsFinite(y) && !double.IsInteger(y))
        {
            throw new TemplateFault("A power would be a complex number.");
        }

        double power = Math.Pow(x, y);
        return double.IsInfinity(power) && double.IsFinite(x) && double.IsFinite(y) ? throw new TemplateFault("A power is too large for a float.") : power;
    }
}
