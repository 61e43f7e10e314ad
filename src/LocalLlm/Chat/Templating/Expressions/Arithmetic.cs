using System.Numerics;

namespace LocalLlm.Chat.Templating;

/// <summary>Python's arithmetic.</summary>
internal static class Arithmetic
{
    private const int MaxPowerBits = 16 * 1024;

    internal static TemplateValue Apply(Evaluation evaluation, string symbol, NumberValue left, NumberValue right)
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

            evaluation.Work(Evaluation.StepsOfDigits(Math.Max(a.GetBitLength(), b.GetBitLength()) / 8));
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
