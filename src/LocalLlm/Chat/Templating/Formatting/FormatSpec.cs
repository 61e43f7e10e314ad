using System.Globalization;
using System.Numerics;
using System.Text;

namespace LocalLlm.Chat.Templating;

/// <summary>How a value is written by "{:…}" and "%…".</summary>
internal readonly record struct FormatSpec(
    StringValue? Fill, char Align, char Sign, bool IsAlternate, bool HasZero, int Width, char Grouping, int? Precision, char Type)
{
    private const int MaxWidth = 100_000;

    private char FillCharacter => Fill is { } fill ? fill.Text[0] : HasZero ? '0' : ' ';

    /// <summary>Reads what follows the colon of "{:…}".</summary>
    internal static FormatSpec Parse(string text)
    {
        int at = 0;
        string? fill = null;
        char align = ' ';
        if (text.Length > 1 && text[1] is '<' or '>' or '^' or '=')
        {
            (fill, align, at) = (text[..1], text[1], 2);
        }
        else if (text.Length > 0 && text[0] is '<' or '>' or '^' or '=')
        {
            (align, at) = (text[0], 1);
        }

        char sign = at < text.Length && text[at] is '+' or '-' or ' ' ? text[at++] : '-';
        bool isAlternate = at < text.Length && text[at] == '#' && at++ >= 0;
        bool hasZero = at < text.Length && text[at] == '0' && at++ >= 0;
        int width = Number(text, ref at) ?? 0;
        char grouping = at < text.Length && text[at] is ',' or '_' ? text[at++] : ' ';
        int? precision = null;
        if (at < text.Length && text[at] == '.')
        {
            at++;
            precision = Number(text, ref at) ?? throw new TemplateFault("Format specifier missing precision.");
        }

        char type = at < text.Length ? text[at++] : ' ';
        return at == text.Length
            ? new FormatSpec(fill is null ? null : new StringValue(fill), align, sign, isAlternate, hasZero, width, grouping, precision, type)
            : throw new TemplateFault("Invalid format specifier.");
    }

    internal static int? Number(string text, ref int at)
    {
        int start = at;
        int number = 0;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            number = Math.Min((number * 10) + text[at++] - '0', MaxWidth + 1);
        }

        return number > MaxWidth ? throw new TemplateFault($"A format is wider than {MaxWidth}.") : at > start ? number : null;
    }

    internal StringValue Apply(Evaluation evaluation, TemplateValue value)
    {
        evaluation.Work(Evaluation.StepsOfDigits((Precision ?? 0) + ((value as NumberValue)?.Whole?.GetBitLength() ?? 0)));
        return Format(evaluation, value);
    }

    private StringValue Format(Evaluation evaluation, TemplateValue value) => value switch
    {
        BooleanValue when Type == ' ' && Width == 0 && Precision is null => value.ToText(evaluation),
        // A character that a number stands for is nothing that the template wrote.
        NumberValue { Whole: { } whole } when Type == 'c' => Pad(evaluation, ApplyWhole(whole)).AsContent(),
        NumberValue { Whole: { } whole } when Type is ' ' or 'd' or 'x' or 'X' or 'o' or 'b' or 'n' => Pad(evaluation, ApplyWhole(whole)),
        NumberValue number when Type is ' ' or 'f' or 'F' or 'e' or 'E' or 'g' or 'G' or '%' or 'n' => Pad(evaluation, ApplyReal(number.Real)),
        StringValue text when Type is ' ' or 's' => PadText(evaluation, Precision is { } length ? (StringValue)text.Slice(evaluation, new SliceRange(0, length, null)) : text.AsMarkup(false)),
        UndefinedValue undefined => Type == ' ' && Width == 0 ? StringValue.Empty : throw undefined.Fault(),
        _ when this == Parse("") => value.ToText(evaluation),
        _ => throw new TemplateFault($"Unknown format code '{Type}' for object of type '{value.TypeName}'."),
    };

    /// <summary>Fills a text up to the width; texts stand left.</summary>
    internal StringValue PadText(Evaluation evaluation, StringValue text)
    {
        int missing = Width - text.Count!.Value;
        if (missing <= 0)
        {
            return text;
        }

        int before = Align switch { '>' => missing, '^' => missing / 2, '=' => throw new TemplateFault("'=' alignment not allowed in string format specifier."), _ => 0 };
        return new TextBuilder(evaluation).Append(new string(FillCharacter, before)).Append(text).Append(new string(FillCharacter, missing - before)).ToValue();
    }

    private (string Sign, string Prefix, string Digits) ApplyWhole(BigInteger value)
    {
        if (Precision is not null)
        {
            throw new TemplateFault("Precision not allowed in integer format specifier.");
        }

        BigInteger size = BigInteger.Abs(value);
        (string prefix, string digits) = Type switch
        {
            'x' => ("0x", WithoutZeros(size.ToString("x", CultureInfo.InvariantCulture))),
            'X' => ("0X", WithoutZeros(size.ToString("X", CultureInfo.InvariantCulture))),
            'o' => ("0o", WithoutZeros(Octal(size))),
            'b' => ("0b", WithoutZeros(size.ToString("B", CultureInfo.InvariantCulture))),
            'c' when value >= 0 && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF) => ("", char.ConvertFromUtf32((int)value)),
            'c' => throw new TemplateFault("%c arg not in range(0x110000)."),
            _ => ("", size.ToString(CultureInfo.InvariantCulture)),
        };
        return (SignOf(value.Sign < 0), IsAlternate ? prefix : "", Grouped(digits, Type is 'x' or 'X' or 'o' or 'b' ? 4 : 3));
    }

    private (string Sign, string Prefix, string Digits) ApplyReal(double value)
    {
        string sign = SignOf(double.IsNegative(value) && !double.IsNaN(value));
        double size = Math.Abs(value);
        if (!double.IsFinite(value))
        {
            string name = double.IsNaN(value) ? "nan" : "inf";
            return (sign, "", (char.IsUpper(Type) ? name.ToUpperInvariant() : name) + (Type == '%' ? "%" : ""));
        }

        string digits = Type switch
        {
            'f' or 'F' => NumberText.Fixed(size, Precision ?? 6),
            '%' => NumberText.Fixed(size * 100, Precision ?? 6) + "%",
            'e' or 'E' => NumberText.Exponential(size, Precision ?? 6, Type),
            'g' or 'G' => NumberText.General(size, Precision ?? 6, Type == 'g' ? 'e' : 'E', IsAlternate),
            'n' => NumberText.General(size, Precision ?? 6, 'e', IsAlternate),
            _ when Precision is null => NumberText.Repr(size),
            _ => WithPoint(NumberText.General(size, Precision!.Value, 'e', IsAlternate)),
        };
        return (sign, "", Grouped(digits, 3));
    }

    private static string WithPoint(string digits) => digits.AsSpan().IndexOfAny('.', 'e') < 0 ? digits + ".0" : digits;

    private string SignOf(bool isNegative) => isNegative ? "-" : Sign == '-' ? "" : Sign.ToString();

    private string Grouped(string digits, int size)
    {
        if (Grouping == ' ')
        {
            return digits;
        }

        int whole = digits.AsSpan().IndexOfAny('.', 'e', '%') is >= 0 and int end ? end : digits.Length;
        StringBuilder grouped = new();
        for (int i = 0; i < whole; i++)
        {
            if (i > 0 && (whole - i) % size == 0)
            {
                grouped.Append(Grouping);
            }

            grouped.Append(digits[i]);
        }

        return grouped.Append(digits, whole, digits.Length - whole).ToString();
    }

    private StringValue Pad(Evaluation evaluation, (string Sign, string Prefix, string Digits) number)
    {
        (string sign, string prefix, string digits) = number;
        int missing = Math.Max(0, Width - sign.Length - prefix.Length - digits.Length);
        string fill = new(FillCharacter, missing);
        evaluation.Charge(2L * Width);
        return new StringValue(Align switch
        {
            '<' => sign + prefix + digits + fill,
            '^' => fill[..(missing / 2)] + sign + prefix + digits + fill[(missing / 2)..],
            '=' => sign + prefix + fill + digits,
            ' ' when HasZero => sign + prefix + fill + digits,
            _ => fill + sign + prefix + digits,
        });
    }

    private static string Octal(BigInteger value)
    {
        string bits = value.ToString("B", CultureInfo.InvariantCulture);
        bits = bits.PadLeft((bits.Length + 2) / 3 * 3, '0');
        StringBuilder digits = new();
        for (int i = 0; i < bits.Length; i += 3)
        {
            digits.Append((char)('0' + ((bits[i] - '0') * 4) + ((bits[i + 1] - '0') * 2) + bits[i + 2] - '0'));
        }

        return digits.ToString();
    }

    // .NET writes a digit for the sign.
    private static string WithoutZeros(string digits) => digits.TrimStart('0') is { Length: > 0 } bare ? bare : "0";
}
