using System.Collections.Frozen;

namespace LocalLlm.Chat.Templating;

/// <summary>Methods of lists and tuples.</summary>
internal static class SequenceMethods
{
    // They change a list, and the sandbox refuses them.
    private static readonly FrozenSet<string> Changing = FrozenSet.Create("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");

    private static readonly FrozenDictionary<string, BuiltIn> All = new BuiltIn[]
    {
        new("count", "self item", static (_, a) => (long)((SequenceValue)a[0]!).Items.Count(i => i.Equals(a[1]))),
        new("index", "self item start? stop?", static (_, a) => IndexOf((SequenceValue)a[0]!, a)),
    }.ToFrozenDictionary(m => m.Name);

    private static readonly BuiltIn Copy = new("copy", "self", static (_, a) => a[0]!);

    internal static TemplateValue? Of(SequenceValue target, string name)
    {
        if (target is ListValue && Changing.Contains(name))
        {
            return UndefinedValue.Unsafe(target, name);
        }

        return All.TryGetValue(name, out BuiltIn? method) ? new BoundMethod(target, method)
            : name == "copy" && target is ListValue ? new BoundMethod(target, Copy)
            : null;
    }

    private static TemplateValue IndexOf(SequenceValue sequence, TemplateValue?[] a)
    {
        (int start, int count, _) = SliceRange.From(a[2] ?? NoneValue.Instance, a[3] ?? NoneValue.Instance, NoneValue.Instance).Resolve(sequence.Items.Count);
        for (int i = start; i < start + count; i++)
        {
            if (sequence.Items[i].Equals(a[1]))
            {
                return (long)i;
            }
        }

        throw new TemplateFault("The value is not in the list.");
    }
}
