using System.Collections.Frozen;

namespace LocalLlm.Chat.Templating;

/// <summary>Methods of dicts.</summary>
internal static class DictMethods
{
    // They change a dict, and the sandbox refuses them.
    private static readonly FrozenSet<string> Changing = FrozenSet.Create("clear", "pop", "popitem", "setdefault", "update");

    private static readonly FrozenDictionary<string, BuiltIn> All = new BuiltIn[]
    {
        new("get", "self key default?", static (_, a) => ((DictValue)a[0]!).Find(a[1]!) ?? a[2] ?? NoneValue.Instance),
        new("items", "self", static (_, a) => new DictViewValue((DictValue)a[0]!, "items")),
        new("keys", "self", static (_, a) => new DictViewValue((DictValue)a[0]!, "keys")),
        new("values", "self", static (_, a) => new DictViewValue((DictValue)a[0]!, "values")),
        new("copy", "self", static (_, a) => a[0]!),
    }.ToFrozenDictionary(m => m.Name);

    internal static TemplateValue? Of(DictValue target, string name) =>
        Changing.Contains(name) ? UndefinedValue.Unsafe(target, name)
        : All.TryGetValue(name, out BuiltIn? method) ? new BoundMethod(target, method)
        : null;
}
