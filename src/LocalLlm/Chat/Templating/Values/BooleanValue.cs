using System.Numerics;

namespace LocalLlm.Chat.Templating;

/// <summary>True or False.</summary>
internal sealed class BooleanValue : NumberValue
{
    private readonly bool _value;

    private BooleanValue(bool value) => _value = value;

    internal static BooleanValue True { get; } = new(true);

    internal static BooleanValue False { get; } = new(false);

    internal override string TypeName => "bool";

    internal override bool IsTrue => _value;

    internal override BigInteger? Whole => _value ? BigInteger.One : BigInteger.Zero;

    internal override double Real => _value ? 1 : 0;

    internal static BooleanValue Of(bool value) => value ? True : False;

    internal override void WriteRepr(TextBuilder output) => output.Append(_value ? "True" : "False");
}
