using System.Globalization;

namespace LocalLlm.Chat.Templating;

/// <summary>Python's "format".format(values).</summary>
internal sealed class BraceFormat(Evaluation evaluation, Arguments arguments, bool isMarkup)
{
    private int _next;

    internal static StringValue Apply(Evaluation evaluation, StringValue format, Arguments arguments) =>
        new BraceFormat(evaluation, arguments, format.IsMarkup).Write(format, 2).AsMarkup(format.IsMarkup);

    private StringValue Write(StringValue format, int depth)
    {
        if (depth < 0)
        {
            throw new TemplateFault("Max string recursion exceeded.");
        }

        string text = format.Text;
        TextBuilder output = new(evaluation);
        int plain = 0;
        for (int at; (at = text.AsSpan(plain).IndexOfAny('{', '}')) >= 0;)
        {
            evaluation.Step();
            at += plain;
            bool isDouble = at + 1 < text.Length && text[at + 1] == text[at];
            output.Append(format, plain, at - plain + (isDouble ? 1 : 0));
            if (isDouble)
            {
                plain = at + 2;
                continue;
            }

            int end = text[at] == '{' ? FindEnd(text, at + 1) : throw new TemplateFault("Single '}' encountered in format string.");
            WriteField(output, format.Part(at + 1, end - at - 1), depth);
            plain = end + 1;
        }

        output.Append(format, plain, text.Length - plain);
        return output.ToValue();
    }

    private static int FindEnd(string text, int at)
    {
        int open = 1;
        for (; at < text.Length; at++)
        {
            open += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
            if (open == 0)
            {
                return at;
            }
        }

        throw new TemplateFault("expected '}' before end of string.");
    }

    private void WriteField(TextBuilder output, StringValue directive, int depth)
    {
        string field = directive.Text;
        int nameEnd = field.AsSpan().IndexOfAny('!', ':');
        int bracket = field.IndexOf('[', StringComparison.Ordinal);
        if (bracket >= 0 && bracket < nameEnd && field.IndexOf(']', bracket) is >= 0 and int close)
        {
            nameEnd = field.AsSpan(close).IndexOfAny('!', ':') is >= 0 and int more ? close + more : -1;
        }

        TemplateValue value = Find(nameEnd < 0 ? field : field[..nameEnd]);
        string rest = nameEnd < 0 ? "" : field[nameEnd..];
        char conversion = ' ';
        if (rest.StartsWith('!'))
        {
            conversion = rest.Length > 1 ? rest[1] : throw new TemplateFault("end of string while looking for conversion specifier.");
            rest = rest.Length == 2 || rest[2] == ':' ? rest[2..] : throw new TemplateFault("expected ':' after conversion specifier.");
        }

        if (conversion != ' ')
        {
            TextBuilder converted = new(evaluation);
            switch (conversion)
            {
                case 's': value.WriteText(converted); break;
                case 'r' or 'a': value.WriteRepr(converted); break;
                default: throw new TemplateFault($"Unknown conversion specifier {conversion}.");
            }

            value = converted.ToValue();
        }

        StringValue spec = rest.Length > 1 ? Write(directive.Part(field.Length - rest.Length + 1, rest.Length - 1), depth - 1) : StringValue.Empty;
        StringValue formatted = spec.IsTrue ? FormatSpec.Parse(spec.Text).Apply(evaluation, value) : value.ToText(evaluation);
        formatted = isMarkup && value is not StringValue { IsMarkup: true } ? Html.Escape(evaluation, formatted) : formatted;
        // What content formats is content too: the fill, the sign, the choice of the value.
        output.Append(directive.HasContent || spec.HasContent ? formatted.AsContent() : formatted);
    }

    private TemplateValue Find(string name)
    {
        int end = name.AsSpan().IndexOfAny('.', '[');
        string first = end < 0 ? name : name[..end];
        TemplateValue value;
        if (first.Length == 0 || int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            int index = first.Length == 0 ? _next++ : int.Parse(first, CultureInfo.InvariantCulture);
            value = index < arguments.Positional.Length ? arguments.Positional[index] : throw new TemplateFault("Replacement index out of range for positional args tuple.");
        }
        else
        {
            value = arguments.Find(first) ?? throw new TemplateFault($"The format names '{first}', which is not passed.");
        }

        string rest = end < 0 ? "" : name[end..];
        while (rest.Length > 0)
        {
            if (rest[0] == '.')
            {
                int next = rest.AsSpan(1).IndexOfAny('.', '[') is >= 0 and int at ? at + 1 : rest.Length;
                value = value.Member(rest[1..next], new StringValue(rest[1..next]));
                rest = rest[next..];
            }
            else
            {
                int close = rest.IndexOf(']', StringComparison.Ordinal);
                string key = close > 1 && rest[0] == '[' ? rest[1..close] : throw new TemplateFault("Empty attribute in format string.");
                value = value.Subscript(int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? (long)number : key);
                rest = rest[(close + 1)..];
            }
        }

        return value;
    }
}
