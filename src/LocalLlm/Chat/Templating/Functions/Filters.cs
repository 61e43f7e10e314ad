using System.Collections.Frozen;
using System.Numerics;

namespace LocalLlm.Chat.Templating;

/// <summary>What can stand behind "|".</summary>
internal static partial class Filters
{
    private static readonly FrozenDictionary<string, BuiltIn> All = TextFilters().Concat(NumberFilters()).Concat(SequenceFilters()).ToFrozenDictionary(f => f.Name);

    internal static BuiltIn? Find(string name) => All.GetValueOrDefault(name);

    internal static TemplateFault Missing(string name) => new(name is "random" or "striptags" or "urlize" or "wordwrap" or "xmlattr"
        ? $"The filter '{name}' is not supported: no known chat template uses it."
        : $"No filter named '{name}'.");

    /// <summary>A float as a whole number, towards zero.</summary>
    internal static BigInteger Truncate(FloatValue value) =>
        double.IsFinite(value.Real) ? new BigInteger(Math.Truncate(value.Real)) : throw new TemplateFault("cannot convert a float that is not finite to integer.");

    private static IEnumerable<BuiltIn> NumberFilters()
    {
        yield return new("abs", "x", static (_, a) => a[0] switch
        {
            NumberValue { Whole: { } whole } => IntegerValue.Of(BigInteger.Abs(whole)),
            NumberValue number => Math.Abs(number.Real),
            UndefinedValue undefined => throw undefined.Fault(),
            _ => throw new TemplateFault($"bad operand type for abs(): '{a[0]!.TypeName}'."),
        });
        yield return new("int", "value default? base?", static (e, a) => ToInt(e, a[0]!, a[2].AsInt("int", 10)) ?? a[1] ?? 0L);
        yield return new("float", "value default?", static (_, a) => ToReal(a[0]!) is { } real ? real : a[1] ?? 0.0);
        yield return new("round", "value precision? method?", static (e, a) => Round(e, a[0]!, a[1].AsInt("round", 0), a[2]?.AsText("round").Text ?? "common"));
        yield return new("filesizeformat", "value binary?", static (_, a) => FileSize(ToReal(a[0]!) ?? throw new TemplateFault("filesizeformat takes a number."), a[1].AsBool()));
    }

    private static IntegerValue? ToInt(Evaluation evaluation, TemplateValue value, int radix)
    {
        value.ThrowIfUndefined();
        switch (value)
        {
            case NumberValue { Whole: { } whole }:
                return IntegerValue.Of(whole);
            case FloatValue real:
                return double.IsNaN(real.Real) ? null : double.IsInfinity(real.Real) ? throw new TemplateFault("cannot convert float infinity to integer.") : IntegerValue.Of(Truncate(real));
            case StringValue text:
                evaluation.Work(Evaluation.StepsOfDigits(Math.Min(text.Text.Length, NumberText.MaxDigits)));
                return NumberText.ParseWhole(text.Text, radix) is { } parsed ? IntegerValue.Of(parsed)
                    : NumberText.ParseReal(text.Text) is { } number && double.IsFinite(number) ? IntegerValue.Of(new BigInteger(Math.Truncate(number)))
                    : null;
            default:
                return null;
        }
    }

    private static double? ToReal(TemplateValue value)
    {
        value.ThrowIfUndefined();
        return value switch
        {
            NumberValue number => number.Real,
            StringValue text => NumberText.ParseReal(text.Text),
            _ => null,
        };
    }

    private static TemplateValue Round(Evaluation evaluation, TemplateValue value, int precision, string method)
    {
        if (value is not NumberValue number)
        {
            throw TemplateFault.NotSupported("round", value, IntegerValue.Of(precision));
        }

        evaluation.Work(Evaluation.StepsOfDigits(Math.Clamp(Math.Abs(precision), 0, 5000)));
        if (method == "common")
        {
            if (number.Whole is not { } whole)
            {
                return NumberText.Round(number.Real, precision);
            }

            evaluation.Work(Evaluation.StepsOfDigits(whole.GetBitLength()));
            BigInteger unit = BigInteger.Pow(10, Math.Clamp(-precision, 0, 5000));
            return IntegerValue.Of(precision >= 0 ? whole : NumberText.RoundHalfEven(BigInteger.Abs(whole), unit) * unit * whole.Sign);
        }

        TemplateValue scale = Operations.Binary(evaluation, "**", IntegerValue.Of(10), IntegerValue.Of(precision));
        double scaled = ((NumberValue)Operations.Binary(evaluation, "*", value, scale)).Real;
        double rounded = method switch
        {
            "ceil" => Math.Ceiling(scaled),
            "floor" => Math.Floor(scaled),
            _ => throw new TemplateFault("method must be common, ceil or floor."),
        };
        return Operations.Binary(evaluation, "/", IntegerValue.Of(new BigInteger(rounded)), scale);
    }

    private static string FileSize(double bytes, bool isBinary)
    {
        double unit = isBinary ? 1024 : 1000;
        if (bytes == 1)
        {
            return "1 Byte";
        }

        if (bytes < unit)
        {
            return $"{new BigInteger(Math.Truncate(bytes))} Bytes";
        }

        string[] prefixes = isBinary ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"] : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
        double size = unit;
        foreach (string prefix in prefixes)
        {
            size *= unit;
            if (bytes < size || prefix == prefixes[^1])
            {
                return $"{NumberText.Fixed(unit * bytes / size, 1)} {prefix}";
            }
        }

        return "";
    }
}
