using System.Globalization;

namespace LocalLlm.Chat.Templating;

/// <summary>Python's range().</summary>
internal sealed class RangeValue : TemplateValue
{
    // As many as Jinja's sandbox allows.
    private const long MaxCount = 100_000;

    private static readonly BuiltIn CountOf = new("count", "self item", static (_, a) => ((RangeValue)a[0]!).Contains(a[1]!) ? 1L : 0L);

    private static readonly BuiltIn IndexOf = new("index", "self item", static (_, a) => a[0] is RangeValue range && range.Contains(a[1]!)
        ? (long)((((NumberValue)a[1]!).Real - range._start) / range._step)
        : throw new TemplateFault("The value is not in the range."));

    private readonly long _start;
    private readonly long _stop;
    private readonly long _step;
    private readonly int _count;

    internal RangeValue(long start, long stop, long step)
    {
        if (step == 0)
        {
            throw new TemplateFault("range() arg 3 must not be zero.");
        }

        Int128 span = step > 0 ? (Int128)stop - start : (Int128)start - stop;
        Int128 count = span <= 0 ? 0 : (span + Int128.Abs(step) - 1) / Int128.Abs(step);
        if (count > MaxCount)
        {
            throw new TemplateFault($"Range too big. A template's ranges have {MaxCount} elements at most.");
        }

        (_start, _stop, _step, _count) = (start, stop, step, (int)count);
    }

    internal override string TypeName => "range";

    internal override bool IsTrue => _count > 0;

    internal override int? Count => _count;

    internal override IEnumerable<TemplateValue> Elements()
    {
        for (int i = 0; i < _count; i++)
        {
            Evaluation.Current?.Charge(48);
            yield return At(i);
        }
    }

    internal override bool Contains(TemplateValue item) => item is NumberValue { Real: var number } && double.IsInteger(number)
        && Math.Abs(number) < long.MaxValue && ((Int128)number - _start) is var offset && offset % _step == 0 && offset / _step >= 0 && offset / _step < _count;

    internal override TemplateValue? Item(TemplateValue key) => ElementIndex.TryResolve(key, _count, out int index) ? At(index) : null;

    internal override TemplateValue? Attribute(string name) => name switch
    {
        "start" => _start,
        "stop" => _stop,
        "step" => _step,
        "count" => new BoundMethod(this, CountOf),
        "index" => new BoundMethod(this, IndexOf),
        _ => null,
    };

    internal override TemplateValue Slice(Evaluation evaluation, SliceRange range)
    {
        (int start, int count, int step) = range.Resolve(_count);
        long first = _start + (_step * start);
        return new RangeValue(first, first + (_step * step * count), _step * step);
    }

    internal override void WriteRepr(TextBuilder output) => output.Append(_step == 1
        ? string.Create(CultureInfo.InvariantCulture, $"range({_start}, {_stop})")
        : string.Create(CultureInfo.InvariantCulture, $"range({_start}, {_stop}, {_step})"));

    public override bool Equals(TemplateValue? other) => other is RangeValue range && _count == range._count
        && (_count == 0 || (_start == range._start && (_count == 1 || _step == range._step)));

    public override int GetHashCode() => HashCode.Combine(_count, _count == 0 ? 0 : _start);

    private IntegerValue At(int index) => IntegerValue.Of(_start + (_step * index));
}
