using System.Collections.Frozen;
using System.Text;

namespace LocalLlm.Chat.Templating;

/// <summary>Methods of strings.</summary>
internal static partial class StringMethods
{
    private static readonly FrozenDictionary<string, BuiltIn> All = Build().ToFrozenDictionary(m => m.Name);

    internal static TemplateValue? Of(StringValue target, string name) =>
        All.TryGetValue(name, out BuiltIn? method) ? new BoundMethod(target, method)
        : name is "encode" or "translate" or "maketrans" ? new UndefinedValue($"The method '{name}' of strings is not supported.")
        : null;

    internal static StringValue Strip(Evaluation evaluation, StringValue value, TemplateValue? characters, bool atStart, bool atEnd)
    {
        string text = value.Text;
        int start = 0;
        int end = text.Length;
        if (!characters.IsGiven())
        {
            while (atStart && start < end && PythonText.IsSpace(text[start]))
            {
                start++;
            }

            while (atEnd && end > start && PythonText.IsSpace(text[end - 1]))
            {
                end--;
            }
        }
        else
        {
            HashSet<Rune> set = [.. characters.AsText("strip()").Text.EnumerateRunes()];
            while (atStart && start < end && Rune.DecodeFromUtf16(text.AsSpan(start, end - start), out Rune rune, out int length) == System.Buffers.OperationStatus.Done && set.Contains(rune))
            {
                start += length;
            }

            while (atEnd && end > start && Rune.DecodeLastFromUtf16(text.AsSpan(start, end - start), out Rune rune, out int length) == System.Buffers.OperationStatus.Done && set.Contains(rune))
            {
                end -= length;
            }
        }

        return value.Part(evaluation, start, end - start);
    }

    internal static StringValue Replace(Evaluation evaluation, StringValue value, StringValue old, StringValue replacement, int count)
    {
        if (count == 0 || (old.Text.Length > 0 && !value.Text.Contains(old.Text, StringComparison.Ordinal)))
        {
            return value;
        }

        string text = value.Text;
        TextBuilder output = new(evaluation);
        int plain = 0;
        if (old.Text.Length == 0)
        {
            int characters = value.Count!.Value;
            for (int i = 0; i <= characters && count-- != 0; i++)
            {
                evaluation.Step();
                output.Append(replacement);
                plain = i < characters ? value.CharOf(i + 1) : text.Length;
                output.Append(value, value.CharOf(i), plain - value.CharOf(i));
            }
        }
        else
        {
            for (int at; count-- != 0 && (at = text.IndexOf(old.Text, plain, StringComparison.Ordinal)) >= 0; plain = at + old.Text.Length)
            {
                evaluation.Step();
                output.Append(value, plain, at - plain);
                output.Append(replacement);
            }
        }

        output.Append(value, plain, text.Length - plain);
        return output.ToValue(value.IsMarkup);
    }

    internal static StringValue Join(Evaluation evaluation, StringValue separator, IEnumerable<TemplateValue> items, bool convert)
    {
        TextBuilder output = new(evaluation);
        bool isFirst = true;
        foreach (TemplateValue item in items)
        {
            evaluation.Step();
            if (!isFirst)
            {
                output.Append(separator);
            }

            isFirst = false;
            if (convert)
            {
                item.WriteText(output);
            }
            else
            {
                StringValue text = item as StringValue ?? throw new TemplateFault($"sequence item: expected str instance, {item.TypeName} found.");
                output.Append(separator.IsMarkup ? Html.Escape(evaluation, text) : text);
            }
        }

        return output.ToValue(separator.IsMarkup && !convert);
    }

    private static IEnumerable<BuiltIn> Build()
    {
        yield return new("strip", "self chars?", static (e, a) => Strip(e, Self(a), a[1], true, true));
        yield return new("lstrip", "self chars?", static (e, a) => Strip(e, Self(a), a[1], true, false));
        yield return new("rstrip", "self chars?", static (e, a) => Strip(e, Self(a), a[1], false, true));
        yield return new("upper", "self", static (e, a) => Self(a).Become(e, PythonText.Upper(Self(a).Text)));
        yield return new("lower", "self", static (e, a) => Self(a).Become(e, PythonText.Lower(Self(a).Text)));
        yield return new("casefold", "self", static (e, a) => Self(a).Become(e, PythonText.Lower(Self(a).Text).Replace("ß", "ss", StringComparison.Ordinal)));
        yield return new("title", "self", static (e, a) => Self(a).Become(e, PythonText.Title(Self(a).Text)));
        yield return new("capitalize", "self", static (e, a) => Self(a).Become(e, PythonText.Capitalize(Self(a).Text)));
        yield return new("swapcase", "self", static (e, a) => Self(a).Become(e, PythonText.SwapCase(Self(a).Text)));
        yield return new("split", "self sep? maxsplit?", static (e, a) => new ListValue(Split(e, Self(a), a[1], a[2].AsInt("split()", -1), fromEnd: false)));
        yield return new("rsplit", "self sep? maxsplit?", static (e, a) => new ListValue(Split(e, Self(a), a[1], a[2].AsInt("rsplit()", -1), fromEnd: true)));
        yield return new("splitlines", "self keepends?", static (e, a) => new ListValue(SplitLines(e, Self(a), a[1].AsBool())));
        yield return new("partition", "self sep", static (e, a) => Partition(e, Self(a), a[1].AsText("partition()"), fromEnd: false));
        yield return new("rpartition", "self sep", static (e, a) => Partition(e, Self(a), a[1].AsText("rpartition()"), fromEnd: true));
        yield return new("startswith", "self prefix start? end?", static (e, a) => HasAffix(e, a, static (text, affix) => text.StartsWith(affix, StringComparison.Ordinal)));
        yield return new("endswith", "self suffix start? end?", static (e, a) => HasAffix(e, a, static (text, affix) => text.EndsWith(affix, StringComparison.Ordinal)));
        yield return new("removeprefix", "self prefix", static (e, a) => a[1].AsText("removeprefix()").Text is var prefix && Self(a).Text.StartsWith(prefix, StringComparison.Ordinal)
            ? Self(a).Part(e, prefix.Length, Self(a).Text.Length - prefix.Length) : Self(a));
        yield return new("removesuffix", "self suffix", static (e, a) => a[1].AsText("removesuffix()").Text is var suffix && Self(a).Text.EndsWith(suffix, StringComparison.Ordinal)
            ? Self(a).Part(e, 0, Self(a).Text.Length - suffix.Length) : Self(a));
        yield return new("replace", "self old new count?", static (e, a) =>
            Replace(e, Self(a), a[1].AsText("replace()"), Html.Match(e, a[2].AsText("replace()"), Self(a)), a[3].AsInt("replace()", -1)));
        yield return new("find", "self sub start? end?", static (e, a) => Find(e, a, last: false));
        yield return new("rfind", "self sub start? end?", static (e, a) => Find(e, a, last: true));
        yield return new("index", "self sub start? end?", static (e, a) => Found(Find(e, a, last: false)));
        yield return new("rindex", "self sub start? end?", static (e, a) => Found(Find(e, a, last: true)));
        yield return new("count", "self sub start? end?", static (e, a) => Count(e, a));
        yield return new("join", "self items", static (e, a) => Join(e, Self(a), a[1]!.Iterate(), convert: false));
        yield return new("format", static (e, a) => BraceFormat.Apply(e, (StringValue)a.Positional[0], a.Without(1)));
        yield return new("format_map", "self values", static (e, a) => BraceFormat.Apply(e, Self(a), new Arguments(
            [], [.. (a[1] as DictValue ?? throw new TemplateFault("format_map() takes a dict.")).Items.Where(i => i.Key is StringValue).Select(i => KeyValuePair.Create((StringValue)i.Key, i.Value))])));
        yield return new("center", "self width fill?", static (e, a) => Pad(e, Self(a), a[1].AsInt("center()", 0), a[2]?.AsText("center()"), '^'));
        yield return new("ljust", "self width fill?", static (e, a) => Pad(e, Self(a), a[1].AsInt("ljust()", 0), a[2]?.AsText("ljust()"), '<'));
        yield return new("rjust", "self width fill?", static (e, a) => Pad(e, Self(a), a[1].AsInt("rjust()", 0), a[2]?.AsText("rjust()"), '>'));
        yield return new("zfill", "self width", static (e, a) => ZeroFill(e, Self(a), a[1].AsInt("zfill()", 0)));
        yield return new("expandtabs", "self tabsize?", static (e, a) => Self(a).Become(e, ExpandTabs(e, Self(a).Text, a[1].AsInt("expandtabs()", 8))));
        yield return Is("isdigit", PythonText.IsDigit);
        yield return Is("isdecimal", Rune.IsDigit);
        yield return Is("isnumeric", PythonText.IsNumeric);
        yield return Is("isalpha", PythonText.IsLetter);
        yield return Is("isalnum", static r => PythonText.IsLetter(r) || PythonText.IsNumeric(r));
        yield return Is("isspace", static r => r.IsBmp && PythonText.IsSpace((char)r.Value));
        yield return new("isascii", "self", static (_, a) => Ascii.IsValid(Self(a).Text));
        yield return new("isprintable", "self", static (_, a) => Self(a).Text.EnumerateRunes().All(PythonText.IsPrintable));
        yield return new("isidentifier", "self", static (_, a) => Self(a).Text is { Length: > 0 } text && !char.IsDigit(text[0]) && text.All(c => c == '_' || char.IsLetterOrDigit(c)));
        yield return new("isupper", "self", static (_, a) => PythonText.IsUpper(Self(a).Text));
        yield return new("islower", "self", static (_, a) => PythonText.IsLower(Self(a).Text));
        yield return new("istitle", "self", static (_, a) => Self(a).Text.EnumerateRunes().Any(PythonText.IsCased) && PythonText.Title(Self(a).Text) == Self(a).Text);
    }

    private static StringValue Self(TemplateValue?[] a) => a[0].AsText("The method");

    private static BuiltIn Is(string name, Func<Rune, bool> test) => new(name, "self", (_, a) => Self(a).IsTrue && Self(a).Text.EnumerateRunes().All(test));

    private static TemplateValue Found(TemplateValue index) => index.Equals(IntegerValue.Of(-1)) ? throw new TemplateFault("substring not found.") : index;

    // The chars between two characters.
    private static (int Start, int End, bool IsValid) Bounds(StringValue text, TemplateValue? start, TemplateValue? end)
    {
        int count = text.Count!.Value;
        (int first, int length, _) = SliceRange.From(start ?? NoneValue.Instance, end ?? NoneValue.Instance, NoneValue.Instance).Resolve(count);
        return (text.CharOf(first), text.CharOf(first + length), !start.IsGiven() || start!.AsLong("start") <= count);
    }

    private static TemplateValue Find(Evaluation evaluation, TemplateValue?[] a, bool last)
    {
        (StringValue text, StringValue sub) = (Self(a), a[1].AsText("find()"));
        (int start, int end, bool isValid) = Bounds(text, a[2], a[3]);
        evaluation.Step();
        ReadOnlySpan<char> part = text.Text.AsSpan(start, end - start);
        int at = !isValid ? -1 : last ? part.LastIndexOf(sub.Text, StringComparison.Ordinal) : part.IndexOf(sub.Text, StringComparison.Ordinal);
        at = last && isValid && sub.Text.Length == 0 ? part.Length : at;
        return at < 0 ? -1L : (long)text.CharacterOf(start + at);
    }

    private static TemplateValue Count(Evaluation evaluation, TemplateValue?[] a)
    {
        (StringValue text, StringValue sub) = (Self(a), a[1].AsText("count()"));
        (int start, int end, bool isValid) = Bounds(text, a[2], a[3]);
        evaluation.Step();
        return !isValid ? 0L : sub.Text.Length == 0 ? (long)text.CharacterOf(end) - text.CharacterOf(start) + 1 : (long)text.Text.AsSpan(start, end - start).Count(sub.Text);
    }

    private static bool HasAffix(Evaluation evaluation, TemplateValue?[] a, Func<string, string, bool> has)
    {
        (int start, int end, bool isValid) = Bounds(Self(a), a[2], a[3]);
        string text = Self(a).Part(evaluation, start, end - start).Text;
        return a[1] is TupleValue tuple
            ? tuple.Items.Any(i => isValid && has(text, i.AsText("startswith()").Text))
            : isValid & has(text, a[1].AsText("startswith()").Text);
    }

    internal static StringValue Pad(Evaluation evaluation, StringValue text, int width, StringValue? given, char align)
    {
        int missing = width - text.Count!.Value;
        StringValue fill = given ?? new StringValue(" ");
        if (fill.Count != 1)
        {
            throw new TemplateFault("The fill character must be exactly one character long.");
        }

        if (missing <= 0)
        {
            return text;
        }

        evaluation.Charge(4L * missing);
        // Python puts the odd one before where the width is odd too.
        int before = align switch { '>' => missing, '<' => 0, _ => (missing / 2) + (missing & width & 1) };
        TextBuilder output = new(evaluation);
        for (int i = 0; i < missing; i++)
        {
            if (i == before)
            {
                output.Append(text);
            }

            output.Append(fill);
        }

        return (before == missing ? output.Append(text) : output).ToValue(text.IsMarkup);
    }

    private static StringValue ZeroFill(Evaluation evaluation, StringValue text, int width)
    {
        int missing = width - text.Count!.Value;
        if (missing <= 0)
        {
            return text;
        }

        evaluation.Charge(2L * missing);
        int sign = text.Text.StartsWith('-') || text.Text.StartsWith('+') ? 1 : 0;
        return new TextBuilder(evaluation).Append(text.Part(0, sign)).Append(new string('0', missing)).Append(text.Part(sign, text.Text.Length - sign)).ToValue(text.IsMarkup);
    }

    private static string ExpandTabs(Evaluation evaluation, string text, int size)
    {
        StringBuilder expanded = new();
        int column = 0;
        foreach (char c in text)
        {
            if (c == '\t')
            {
                int spaces = size > 0 ? size - (column % size) : 0;
                evaluation.Charge(2L * spaces);
                expanded.Append(' ', spaces);
                column += spaces;
            }
            else
            {
                expanded.Append(c);
                column = c is '\n' or '\r' ? 0 : column + (char.IsLowSurrogate(c) ? 0 : 1);
            }
        }

        return expanded.ToString();
    }
}
