using System.Collections.Frozen;

namespace LocalLlm.Chat.Templating;

/// <summary>The functions that every template has.</summary>
internal static class Globals
{
    private static readonly FrozenDictionary<string, TemplateValue> All = new BuiltIn[]
    {
        new("raise_exception", "message", static (e, a) => throw new TemplateFault($"The template refuses the messages: {a[0]!.ToText(e).Text}") { Refusal = a[0]!.ToText(e).Text }),
        new("strftime_now", "format", static (e, a) => TimeText.Format(e, e.Now, a[0].AsText("strftime_now"))),
        new("range", "start stop? step?", static (_, a) => a[1] is null
            ? new RangeValue(0, a[0]!.AsLong("range()"), 1)
            : new RangeValue(a[0]!.AsLong("range()"), a[1]!.AsLong("range()"), a[2]?.AsLong("range()") ?? 1)),
        new("dict", ToDict),
        new("namespace", static (e, a) => new NamespaceValue(ToDict(e, a))),
        new("cycler", static (_, a) => new CyclerValue(a.Positional)),
        new("joiner", "sep?", static (_, a) => new JoinerValue(a[0] ?? ", ")),
    }.ToFrozenDictionary(f => f.Name, TemplateValue (f) => new FunctionValue(f));

    internal static TemplateValue? Find(string name) => All.GetValueOrDefault(name);

    private static DictValue ToDict(Evaluation evaluation, Arguments arguments)
    {
        IEnumerable<KeyValuePair<TemplateValue, TemplateValue>> items = arguments.Positional switch
        {
            [] => [],
            [DictValue dict] => dict.Items,
            [var pairs] => ListValue.Create(evaluation, pairs.Iterate()).Items.Select(p => ListValue.Create(evaluation, p.Iterate()).Items is [var key, var value]
                ? KeyValuePair.Create(key, value)
                : throw new TemplateFault("dict() takes pairs.")),
            _ => throw new TemplateFault("dict() takes one argument at most."),
        };
        DictValue made = new(items.Concat(DictValue.From(arguments.Named).Items));
        evaluation.Charge(200 + (64L * made.Items.Count));
        return made;
    }
}
