using System.Collections.Frozen;

namespace LocalLlm.Chat.Templating;

/// <summary>What can stand behind "is".</summary>
internal static class Tests
{
    private static readonly FrozenDictionary<string, BuiltIn> All = Build().ToFrozenDictionary(t => t.Name);

    internal static BuiltIn? Find(string name) => All.GetValueOrDefault(name);

    internal static TemplateFault Missing(string name) => new($"No test named '{name}'.");

    private static IEnumerable<BuiltIn> Build()
    {
        yield return Of("defined", static v => v is not UndefinedValue);
        yield return Of("undefined", static v => v is UndefinedValue);
        yield return Of("none", static v => v is NoneValue);
        yield return Of("boolean", static v => v is BooleanValue);
        yield return Of("true", static v => v == BooleanValue.True);
        yield return Of("false", static v => v == BooleanValue.False);
        yield return Of("integer", static v => v is IntegerValue);
        yield return Of("float", static v => v is FloatValue);
        yield return Of("number", static v => v is NumberValue);
        yield return Of("string", static v => v is StringValue);
        yield return Of("mapping", static v => v is DictValue);
        yield return Of("sequence", static v => v is StringValue or SequenceValue or DictValue or RangeValue or UndefinedValue);
        yield return Of("iterable", static v => v.Elements() is not null || v is LoopValue);
        yield return Of("callable", static v => v is MacroValue or BoundMethod or FunctionValue or JoinerValue or LoopValue or UndefinedValue);
        yield return Of("escaped", static v => v is StringValue { IsMarkup: true });
        yield return new BuiltIn("odd", "value", static (e, a) => HasRemainder(e, a[0]!, 2, 1));
        yield return new BuiltIn("even", "value", static (e, a) => HasRemainder(e, a[0]!, 2, 0));
        yield return new BuiltIn("lower", "value", static (e, a) => PythonText.IsLower(a[0]!.ToText(e).Text));
        yield return new BuiltIn("upper", "value", static (e, a) => PythonText.IsUpper(a[0]!.ToText(e).Text));
        yield return new BuiltIn("divisibleby", "value num", static (e, a) => HasRemainder(e, a[0]!, a[1]!, 0));
        yield return new BuiltIn("sameas", "value other", static (_, a) => ReferenceEquals(a[0], a[1]) || (a[0] is IntegerValue or StringValue && a[0]!.GetType() == a[1]!.GetType() && a[0]!.Equals(a[1])));
        yield return new BuiltIn("in", "value seq", static (_, a) => a[1]!.Contains(a[0]!));
        yield return new BuiltIn("filter", "value", static (_, a) => a[0] is StringValue name && Filters.Find(name.Text) is not null);
        yield return new BuiltIn("test", "value", static (_, a) => a[0] is StringValue name && Find(name.Text) is not null);
        foreach ((string symbol, string[] names) in new (string, string[])[]
        {
            ("==", ["==", "eq", "equalto"]), ("!=", ["!=", "ne"]), ("<", ["<", "lt", "lessthan"]), ("<=", ["<=", "le"]), (">", [">", "gt", "greaterthan"]), (">=", [">=", "ge"]),
        })
        {
            foreach (string name in names)
            {
                yield return new BuiltIn(name, "a b", (_, a) => Operations.Compares(symbol, a[0]!, a[1]!));
            }
        }
    }

    private static BuiltIn Of(string name, Func<TemplateValue, bool> test) => new(name, "value", (_, a) => test(a[0]!));

    private static bool HasRemainder(Evaluation evaluation, TemplateValue value, TemplateValue by, long remainder) =>
        Operations.Binary(evaluation, "%", value, by).Equals(IntegerValue.Of(remainder));
}
