using System.Globalization;
using System.Text;

namespace LocalLlm.Chat.Templating;

internal static partial class Filters
{
    private static IEnumerable<BuiltIn> TextFilters()
    {
        yield return new("string", "value", static (e, a) => a[0] is StringValue ? a[0]! : a[0]!.ToText(e));
        yield return new("trim", "value chars?", static (e, a) => StringMethods.Strip(e, Text(e, a[0]!), a[1], true, true));
        yield return new("upper", "s", static (e, a) => Text(e, a[0]!).Become(e, PythonText.Upper(Text(e, a[0]!).Text)));
        yield return new("lower", "s", static (e, a) => Text(e, a[0]!).Become(e, PythonText.Lower(Text(e, a[0]!).Text)));
        yield return new("capitalize", "s", static (e, a) => Text(e, a[0]!).Become(e, PythonText.Capitalize(Text(e, a[0]!).Text)));
        yield return new("title", "s", static (e, a) => Text(e, a[0]!).Become(e, Title(Text(e, a[0]!).Text)));
        yield return new("replace", "s old new count?", static (e, a) =>
            StringMethods.Replace(e, a[0]!.ToText(e), a[1]!.ToText(e), a[2]!.ToText(e), a[3].IsGiven() ? a[3].AsInt("replace", -1) : -1));
        yield return new("center", "value width?", static (e, a) => StringMethods.Pad(e, Text(e, a[0]!), a[1].AsInt("center", 80), null, '^'));
        yield return new("indent", "s width? first? blank?", static (e, a) => Indent(e, a[0].AsText("indent"), a[1], a[2].AsBool(), a[3].AsBool()));
        yield return new("truncate", "s length? killwords? end? leeway?", Truncate);
        yield return new("wordcount", "s", static (e, a) => WordCount(Text(e, a[0]!).Text));
        yield return new("format", static (e, a) => a.Positional.Length > 1 && a.Named.Length > 0
            ? throw new TemplateFault("can't handle positional and keyword arguments at the same time.")
            : PercentFormat.Apply(e, Text(e, a.Positional[0]), a.Named.Length > 0
                ? DictValue.From(a.Named)
                : new TupleValue(a.Positional[1..])));
        foreach (string name in (string[])["escape", "e"])
        {
            yield return new(name, "s", static (e, a) => Html.Escape(e, Text(e, a[0]!)));
        }

        yield return new("forceescape", "value", static (e, a) => Html.Escape(e, a[0]!.ToText(e)));
        yield return new("safe", "value", static (e, a) => a[0] is StringValue text ? text.AsMarkup() : a[0]!.ToText(e).AsMarkup());
        yield return new("urlencode", "value", static (e, a) => UrlEncode(e, a[0]!));
        yield return new("tojson", "x ensure_ascii? indent? separators? sort_keys?", static (e, a) => JsonText.Dump(e, a[0]!, a[1], a[2], a[3], a[4]));
        yield return new("pprint", "value", static (e, a) =>
        {
            TextBuilder text = new(e);
            a[0]!.WriteRepr(text);
            return text.ToValue();
        });
    }

    // As soft_str: markup stays markup.
    private static StringValue Text(Evaluation evaluation, TemplateValue value) => value as StringValue ?? value.ToText(evaluation);

    private static string Title(string text)
    {
        StringBuilder titled = new();
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && !(text[i] is '-' or '(' or '{' or '[' or '<' || PythonText.IsSpace(text[i])))
            {
                continue;
            }

            int end = i;
            if (end > start)
            {
                string word = text[start..end];
                int first = char.IsSurrogatePair(word, 0) ? 2 : 1;
                titled.Append(PythonText.Upper(word[..first])).Append(PythonText.Lower(word)[first..]);
            }

            start = i + 1;
            if (i < text.Length)
            {
                titled.Append(text[i]);
            }
        }

        return titled.ToString();
    }

    private static StringValue Indent(Evaluation evaluation, StringValue text, TemplateValue? width, bool first, bool blank)
    {
        StringValue indention = width switch
        {
            StringValue given => given,
            _ when width.AsInt("indent", 4) is var count && count <= 100_000 => new StringValue(new string(' ', Math.Max(count, 0))),
            _ => throw new TemplateFault("An indent is too wide."),
        };
        indention = Html.Match(evaluation, indention, text);
        // A last newline counts as an empty line.
        List<TemplateValue> lines = StringMethods.SplitLines(evaluation, new TextBuilder(evaluation).Append(text).Append('\n').ToValue(), keepsEnds: false);
        TextBuilder output = new(evaluation);
        for (int i = 0; i < lines.Count; i++)
        {
            StringValue line = (StringValue)lines[i];
            if (i > 0)
            {
                output.Append('\n');
            }

            if (i == 0 ? first : blank || line.IsTrue)
            {
                output.Append(indention);
            }

            output.Append(line);
        }

        return output.ToValue(text.IsMarkup);
    }

    private static TemplateValue Truncate(Evaluation evaluation, TemplateValue?[] a)
    {
        StringValue end = a[3]?.AsText("truncate") ?? new StringValue("...");
        int length = a[1].AsInt("truncate", 255);
        int leeway = a[4].IsGiven() ? a[4].AsInt("truncate", 5) : 5;
        if (length < end.Count || leeway < 0)
        {
            throw new TemplateFault("truncate takes a length that the end fits in.");
        }

        if (a[0]!.Count <= length + leeway)
        {
            return a[0]!;
        }

        StringValue text = a[0].AsText("truncate");

        StringValue kept = text.Part(evaluation, 0, text.CharOf(length - end.Count!.Value));
        int space = a[2].AsBool() ? -1 : kept.Text.LastIndexOf(' ');
        return Operations.Join(evaluation, space < 0 ? kept : kept.Part(0, space), Html.Match(evaluation, end, text), text.IsMarkup);
    }

    private static long WordCount(string text)
    {
        long count = 0;
        bool isWithin = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isWord = rune.Value == '_' || PythonText.IsLetter(rune) || PythonText.IsNumeric(rune);
            count += isWord && !isWithin ? 1 : 0;
            isWithin = isWord;
        }

        return count;
    }

    private static StringValue UrlEncode(Evaluation evaluation, TemplateValue value)
    {
        TextBuilder output = new(evaluation);
        if (value is StringValue || value.Elements() is null)
        {
            Quote(output, Text(evaluation, value), isInQuery: false);
            return output.ToValue();
        }

        IEnumerable<TemplateValue> pairs = value is DictValue dict ? new DictViewValue(dict, "items").Elements() : value.Iterate();
        bool isFirst = true;
        foreach (TemplateValue pair in pairs)
        {
            evaluation.Step();
            if (ListValue.Create(evaluation, pair.Iterate()).Items is not [var key, var of])
            {
                throw new TemplateFault("urlencode takes pairs.");
            }

            Quote(output.Append(isFirst ? "" : "&"), Text(evaluation, key), isInQuery: true);
            Quote(output.Append('='), Text(evaluation, of), isInQuery: true);
            isFirst = false;
        }

        return output.ToValue();
    }

    private static void Quote(TextBuilder output, StringValue text, bool isInQuery)
    {
        Span<byte> bytes = stackalloc byte[4];
        for (int at = 0; at < text.Text.Length;)
        {
            Rune.DecodeFromUtf16(text.Text.AsSpan(at), out Rune rune, out int length);
            if (rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value is '-' or '_' or '.' or '~' || (rune.Value == '/' && !isInQuery)))
            {
                output.Append(text, at, length);
            }
            else
            {
                string encoded = rune.Value == ' ' && isInQuery ? "+" : string.Concat(bytes[..rune.EncodeToUtf8(bytes)].ToArray().Select(b => "%" + b.ToString("X2", CultureInfo.InvariantCulture)));
                output.Append(encoded, text.HasContentIn(at, length));
            }

            at += length;
        }
    }
}
