using System.Numerics;

namespace LocalLlm.Chat.Templating;

/// <summary>A floating-point number.</summary>
internal sealed class FloatValue(double value) : NumberValue
{
    internal override string TypeName => "float";

    internal override bool IsTrue => value != 0;

    internal override BigInteger? Whole => null;

    internal override double Real => value;

    internal override void WriteRepr(TextBuilder output) => output.Append(NumberText.Repr(value));
}
