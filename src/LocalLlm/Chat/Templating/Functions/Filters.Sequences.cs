using System.Globalization;

namespace LocalLlm.Chat.Templating;

internal static partial class Filters
{
    private static IEnumerable<BuiltIn> SequenceFilters()
    {
        foreach (string name in (string[])["default", "d"])
        {
            yield return new(name, "value default_value? boolean?", static (_, a) =>
                a[0] is UndefinedValue || (a[2].AsBool() && !a[0]!.IsTrue) ? a[1] ?? StringValue.Empty : a[0]!);
        }

        foreach (string name in (string[])["length", "count"])
        {
            yield return new(name, "value", static (_, a) => a[0]!.Count is { } count ? (long)count : throw new TemplateFault($"object of type '{a[0]!.TypeName}' has no len()."));
        }

        yield return new("list", "value", static (e, a) => ListValue.Create(e, a[0]!.Iterate()));
        yield return new("first", "seq", static (_, a) => a[0]!.Iterate().FirstOrDefault() ?? new UndefinedValue("No first item, sequence was empty."));
        yield return new("last", "seq", static (e, a) => a[0] is IteratorValue
            ? throw new TemplateFault($"'{a[0]!.TypeName}' object is not reversible.")
            : a[0]!.Iterate().LastOrDefault() ?? new UndefinedValue("No last item, sequence was empty."));
        yield return new("join", "value d? attribute?", static (e, a) => StringMethods.Join(
            e, a[1]?.ToText(e) ?? StringValue.Empty, a[2].IsGiven() ? a[0]!.Iterate().Select(i => Getter(a[2]!)(i)) : a[0]!.Iterate(), convert: true));
        yield return new("reverse", "value", static (e, a) => a[0] is StringValue text
            ? text.Slice(e, new SliceRange(null, null, -1))
            : a[0] is UndefinedValue or IteratorValue ? new ListValue([.. ListValue.Create(e, a[0]!.Iterate()).Items.Reverse()])
            : new IteratorValue("reversed", ListValue.Create(e, a[0]!.Iterate()).Items.Reverse()));
        yield return new("sort", "value reverse? case_sensitive? attribute?", static (e, a) =>
            new ListValue(StableSort.By(MultiGetter(a[3], a[2].AsBool()), ListValue.Create(e, a[0]!.Iterate()).Items, a[1].AsBool())));
        yield return new("dictsort", "value case_sensitive? by? reverse?", DictSort);
        yield return new("unique", "value case_sensitive? attribute?", static (e, a) => new IteratorValue("generator", Unique(e, a[0]!, Getter(a[2], a[1].AsBool()))));
        yield return new("groupby", "value attribute default? case_sensitive?", GroupBy);
        yield return new("batch", "value linecount fill_with?", static (e, a) => new IteratorValue("generator", Batch(e, a[0]!, a[1].AsInt("batch", 0), a[2])));
        yield return new("slice", "value slices fill_with?", static (e, a) => new IteratorValue("generator", Slices(e, a[0]!, a[1].AsInt("slice", 0), a[2])));
        yield return new("sum", "iterable attribute? start?", static (e, a) => Sum(e, a[0]!, a[1], a[2] ?? 0L));
        yield return new("min", "value case_sensitive? attribute?", static (e, a) => Extreme(e, a, "<"));
        yield return new("max", "value case_sensitive? attribute?", static (e, a) => Extreme(e, a, ">"));
        yield return new("items", "value", static (_, a) => new IteratorValue("generator", a[0] is UndefinedValue ? [] : Items(a[0]!)));
        yield return new("attr", "obj name", static (_, a) =>
        {
            a[0]!.ThrowIfUndefined();
            return a[0]!.Attribute(a[1].AsText("attr").Text) ?? UndefinedValue.Member(a[0]!, a[1]!);
        });
        yield return new("map", static (e, a) => new IteratorValue("generator", Map(e, a)));
        yield return new("select", static (e, a) => new IteratorValue("generator", Select(e, a, keeps: true, byAttribute: false)));
        yield return new("reject", static (e, a) => new IteratorValue("generator", Select(e, a, keeps: false, byAttribute: false)));
        yield return new("selectattr", static (e, a) => new IteratorValue("generator", Select(e, a, keeps: true, byAttribute: true)));
        yield return new("rejectattr", static (e, a) => new IteratorValue("generator", Select(e, a, keeps: false, byAttribute: true)));
    }

    private static IEnumerable<TemplateValue> Items(TemplateValue value)
    {
        DictValue dict = value as DictValue ?? throw new TemplateFault("Can only get item pairs from a mapping.");
        foreach (TemplateValue pair in new DictViewValue(dict, "items").Elements())
        {
            yield return pair;
        }
    }

    // "a.0.b" of a value.
    private static Func<TemplateValue, TemplateValue> Getter(TemplateValue? attribute, bool isCaseSensitive = true, TemplateValue? standard = null)
    {
        TemplateValue[] parts = attribute switch
        {
            null or NoneValue => [],
            StringValue text => [.. text.Text.Split('.').Select(TemplateValue (p) =>
                p.Length > 0 && p.All(char.IsAsciiDigit) && long.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out long index) ? index : p)],
            _ => [attribute],
        };
        return item =>
        {
            foreach (TemplateValue part in parts)
            {
                item = item.Subscript(part);
                item = item is UndefinedValue && standard.IsGiven() ? standard! : item;
            }

            return isCaseSensitive ? item : IgnoreCase(item);
        };
    }

    private static Func<TemplateValue, TemplateValue> MultiGetter(TemplateValue? attributes, bool isCaseSensitive)
    {
        Func<TemplateValue, TemplateValue>[] getters = attributes is StringValue text
            ? [.. text.Text.Split(',').Select(p => Getter(p, isCaseSensitive))]
            : [Getter(attributes, isCaseSensitive)];
        return item => new TupleValue([.. getters.Select(g => g(item))]);
    }

    private static TemplateValue IgnoreCase(TemplateValue value) => value is StringValue text ? PythonText.Lower(text.Text) : value;

    private static ListValue DictSort(Evaluation evaluation, TemplateValue?[] a)
    {
        a[0]!.ThrowIfUndefined();
        DictValue dict = a[0] as DictValue ?? throw new TemplateFault($"'{a[0]!.TypeName}' object has no attribute 'items'.");
        int part = a[2]?.AsText("dictsort").Text switch
        {
            null or "key" => 0,
            "value" => 1,
            _ => throw new TemplateFault("You can only sort by either \"key\" or \"value\"."),
        };
        bool isCaseSensitive = a[1].AsBool();
        return new ListValue(StableSort.By(
            i => isCaseSensitive ? ((TupleValue)i).Items[part] : IgnoreCase(((TupleValue)i).Items[part]),
            ListValue.Create(evaluation, new DictViewValue(dict, "items").Elements()).Items,
            a[3].AsBool()));
    }

    private static IEnumerable<TemplateValue> Unique(Evaluation evaluation, TemplateValue value, Func<TemplateValue, TemplateValue> key)
    {
        HashSet<TemplateValue> seen = [];
        foreach (TemplateValue item in value.Iterate())
        {
            evaluation.Step();
            evaluation.Charge(64);
            if (seen.Add(key(item)))
            {
                yield return item;
            }
        }
    }

    private static ListValue GroupBy(Evaluation evaluation, TemplateValue?[] a)
    {
        bool isCaseSensitive = a[3].AsBool();
        Func<TemplateValue, TemplateValue> key = Getter(a[1], isCaseSensitive, a[2]);
        Func<TemplateValue, TemplateValue> real = Getter(a[1], isCaseSensitive: true, a[2]);
        List<(TemplateValue Key, List<TemplateValue> Items)> groups = [];
        foreach (TemplateValue item in StableSort.By(key, ListValue.Create(evaluation, a[0]!.Iterate()).Items, isReverse: false))
        {
            evaluation.Step();
            evaluation.Charge(128);
            TemplateValue of = key(item);
            if (groups.Count == 0 || !groups[^1].Key.Equals(of))
            {
                groups.Add((of, []));
            }

            groups[^1].Items.Add(item);
        }

        return new ListValue([.. groups.Select(g => new TupleValue([real(g.Items[0]), new ListValue(g.Items)], "grouper", "list"))]);
    }

    private static IEnumerable<TemplateValue> Batch(Evaluation evaluation, TemplateValue value, int count, TemplateValue? fill)
    {
        List<TemplateValue> batch = [];
        foreach (TemplateValue item in value.Iterate())
        {
            evaluation.Step();
            if (batch.Count == count)
            {
                evaluation.Charge(64);
                yield return new ListValue(batch);
                batch = [];
            }

            evaluation.Charge(8);
            batch.Add(item);
        }

        if (batch.Count > 0)
        {
            while (fill.IsGiven() && batch.Count < count)
            {
                evaluation.Step();
                evaluation.Charge(8);
                batch.Add(fill!);
            }

            yield return new ListValue(batch);
        }
    }

    private static IEnumerable<TemplateValue> Slices(Evaluation evaluation, TemplateValue value, int slices, TemplateValue? fill)
    {
        IReadOnlyList<TemplateValue> items = ListValue.Create(evaluation, value.Iterate()).Items;
        if (slices == 0)
        {
            throw new TemplateFault("integer division or modulo by zero.");
        }

        int each = items.Count / Math.Max(slices, 1);
        int more = items.Count % Math.Max(slices, 1);
        int at = 0;
        for (int i = 0; i < slices; i++)
        {
            evaluation.Step();
            int count = each + (i < more ? 1 : 0);
            evaluation.Charge(64 + (8L * count));
            IEnumerable<TemplateValue> part = items.Skip(at).Take(count);
            at += count;
            yield return new ListValue([.. fill.IsGiven() && i >= more ? part.Append(fill!) : part]);
        }
    }

    private static TemplateValue Sum(Evaluation evaluation, TemplateValue value, TemplateValue? attribute, TemplateValue start)
    {
        if (start is StringValue)
        {
            throw new TemplateFault("sum() can't sum strings.");
        }

        Func<TemplateValue, TemplateValue> get = Getter(attribute);
        TemplateValue sum = start;
        foreach (TemplateValue item in value.Iterate())
        {
            evaluation.Step();
            sum = Operations.Binary(evaluation, "+", sum, get(item));
        }

        return sum;
    }

    private static TemplateValue Extreme(Evaluation evaluation, TemplateValue?[] a, string symbol)
    {
        Func<TemplateValue, TemplateValue> key = Getter(a[2], a[1].AsBool());
        (TemplateValue Key, TemplateValue Item)? best = null;
        foreach (TemplateValue item in a[0]!.Iterate())
        {
            evaluation.Step();
            TemplateValue of = key(item);
            if (best is null || Operations.Compares(symbol, of, best.Value.Key))
            {
                best = (of, item);
            }
        }

        return best?.Item ?? new UndefinedValue("No aggregated item, sequence was empty.");
    }

    private static IEnumerable<TemplateValue> Map(Evaluation evaluation, Arguments a)
    {
        TemplateValue value = a.Positional[0];
        if (!value.IsTrue)
        {
            yield break;
        }

        Func<TemplateValue, TemplateValue> map;
        if (a.Positional.Length == 1 && a.Find("attribute") is { } attribute)
        {
            map = a.Named.All(n => n.Key.Text is "attribute" or "default") ? Getter(attribute, isCaseSensitive: true, a.Find("default")) : throw new TemplateFault("Unexpected keyword argument of map.");
        }
        else
        {
            string name = a.Positional.Length > 1 ? a.Positional[1].AsText("map").Text : throw new TemplateFault("map requires a filter argument.");
            BuiltIn filter = Find(name) ?? throw Missing(name);
            Arguments rest = a.Without(2);
            map = item => filter.Invoke(evaluation, rest.Prepend(item));
        }

        foreach (TemplateValue item in value.Iterate())
        {
            evaluation.Step();
            yield return map(item);
        }
    }

    private static IEnumerable<TemplateValue> Select(Evaluation evaluation, Arguments a, bool keeps, bool byAttribute)
    {
        TemplateValue value = a.Positional[0];
        if (!value.IsTrue)
        {
            yield break;
        }

        if (byAttribute && a.Positional.Length < 2)
        {
            throw new TemplateFault("Missing parameter for attribute name.");
        }

        Func<TemplateValue, TemplateValue> get = Getter(byAttribute ? a.Positional[1] : null);
        int at = byAttribute ? 2 : 1;
        BuiltIn? test = null;
        if (a.Positional.Length > at)
        {
            string name = a.Positional[at].AsText("select").Text;
            test = Tests.Find(name) ?? throw Tests.Missing(name);
        }

        Arguments rest = test is null ? Arguments.None : a.Without(at + 1);
        foreach (TemplateValue item in value.Iterate())
        {
            evaluation.Step();
            TemplateValue of = get(item);
            if ((test?.Invoke(evaluation, rest.Prepend(of)).IsTrue ?? of.IsTrue) == keeps)
            {
                yield return item;
            }
        }
    }
}
