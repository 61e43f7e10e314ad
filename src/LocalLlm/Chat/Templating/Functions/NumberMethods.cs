using System.Collections.Frozen;

namespace LocalLlm.Chat.Templating;

/// <summary>Methods and properties of numbers.</summary>
internal static class NumberMethods
{
    private static readonly FrozenDictionary<string, BuiltIn> All = new BuiltIn[]
    {
        new("is_integer", "self", static (_, a) => double.IsInteger(((NumberValue)a[0]!).Real)),
        new("bit_length", "self", static (_, a) => System.Numerics.BigInteger.Abs(((NumberValue)a[0]!).Whole ?? 0) is var whole && whole.IsZero ? 0L : (long)whole.GetBitLength()),
        new("conjugate", "self", static (_, a) => a[0]!),
    }.ToFrozenDictionary(m => m.Name);

    internal static TemplateValue? Of(NumberValue target, string name) => name switch
    {
        "real" or "numerator" when target.Whole is { } whole => IntegerValue.Of(whole),
        "real" => target,
        "imag" when target.Whole is null => new FloatValue(0),
        "imag" => IntegerValue.Of(0),
        "denominator" when target.Whole is not null => IntegerValue.Of(1),
        "is_integer" when target.Whole is not null => null,
        "bit_length" when target.Whole is null => null,
        _ => All.TryGetValue(name, out BuiltIn? method) ? new BoundMethod(target, method) : null,
    };
}
