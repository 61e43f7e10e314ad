namespace LocalLlm.Chat.Templating;

/// <summary>Python's "format % values".</summary>
internal static class PercentFormat
{
    internal static StringValue Apply(Evaluation evaluation, StringValue format, TemplateValue values)
    {
        string text = format.Text;
        TextBuilder output = new(evaluation);
        IReadOnlyList<TemplateValue> list = values is TupleValue tuple ? tuple.Items : [values];
        int used = 0;
        bool isNamed = false;
        int plain = 0;
        for (int at; (at = text.IndexOf('%', plain)) >= 0;)
        {
            evaluation.Step();
            output.Append(format, plain, at - plain);
            int start = at++;
            TemplateValue? named = null;
            if (at < text.Length && text[at] == '(')
            {
                int end = text.IndexOf(')', at);
                DictValue dict = values as DictValue ?? throw new TemplateFault("format requires a mapping.");
                named = (end < 0 ? null : dict.Find(text[(at + 1)..end])) ?? throw new TemplateFault("A format names a key that is not there.");
                isNamed = true;
                at = end + 1;
            }

            (bool isLeft, char sign, bool isAlternate, bool hasZero) = (false, '-', false, false);
            for (; at < text.Length && text[at] is '-' or '+' or ' ' or '#' or '0'; at++)
            {
                isLeft |= text[at] == '-';
                hasZero |= text[at] == '0';
                isAlternate |= text[at] == '#';
                sign = text[at] == '+' ? '+' : text[at] == ' ' && sign != '+' ? ' ' : sign;
            }

            int? width = at < text.Length && text[at] == '*' ? Star(Next, ref at) : FormatSpec.Number(text, ref at);
            (isLeft, width) = width < 0 ? (true, -width) : (isLeft, width);
            int? precision = null;
            if (at < text.Length && text[at] == '.')
            {
                at++;
                precision = at < text.Length && text[at] == '*' ? Star(Next, ref at) : FormatSpec.Number(text, ref at) ?? 0;
            }

            at += at < text.Length && text[at] is 'l' or 'h' or 'L' ? 1 : 0;
            char type = at < text.Length ? text[at++] : throw new TemplateFault("incomplete format.");
            plain = at;
            if (type == '%')
            {
                output.Append(format, at - 1, 1);
                continue;
            }

            TemplateValue value = named ?? Next();
            FormatSpec spec = new(null, isLeft ? '<' : hasZero ? '=' : '>', sign, isAlternate, hasZero && !isLeft, width ?? 0, ' ', precision, type);
            StringValue written = Write(evaluation, spec, value, format.IsMarkup);
            // What content formats is content too.
            output.Append(format.HasContentIn(start, at - start) ? written.AsContent() : written);
        }

        if (used < list.Count && !isNamed && values is not (DictValue or ListValue) && (values is TupleValue || used == 0) && values is not UndefinedValue)
        {
            throw new TemplateFault("not all arguments converted during string formatting.");
        }

        output.Append(format, plain, text.Length - plain);
        return output.ToValue(format.IsMarkup);

        TemplateValue Next() => used < list.Count ? list[used++] : throw new TemplateFault("not enough arguments for format string.");
    }

    private static int Star(Func<TemplateValue> next, ref int at)
    {
        at++;
        return Math.Clamp(next().AsInt("*", 0), -100_000, 100_000);
    }

    private static StringValue Write(Evaluation evaluation, FormatSpec spec, TemplateValue value, bool isMarkup)
    {
        switch (spec.Type)
        {
            case 's' or 'r' or 'a':
                TextBuilder text = new(evaluation);
                if (spec.Type == 's')
                {
                    value.WriteText(text);
                }
                else
                {
                    value.WriteRepr(text);
                }

                StringValue written = text.ToValue();
                written = isMarkup && value is not StringValue { IsMarkup: true } ? Html.Escape(evaluation, written).AsMarkup(false) : written;
                return (spec with { Type = 's', HasZero = false, Align = spec.Align == '=' ? '>' : spec.Align }).Apply(evaluation, written);
            case 'd' or 'i' or 'u':
                value = value is FloatValue real ? IntegerValue.Of(Filters.Truncate(real)) : value;
                return Digits(spec with { Type = 'd' }, value);
            case 'x' or 'X' or 'o':
                return Digits(spec, value is NumberValue { Whole: not null } ? value : throw new TemplateFault($"%{spec.Type} format: an integer is required, not {value.TypeName}."));
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                return value is NumberValue number ? spec.Apply(evaluation, new FloatValue(number.Real)) : throw new TemplateFault($"must be real number, not {value.TypeName}.");
            case 'c' when value is StringValue { Count: 1 } character:
                return spec.PadText(evaluation, character);
            case 'c' when value is NumberValue { Whole: not null }:
                return spec.PadText(evaluation, (spec with { Width = 0, Precision = null }).Apply(evaluation, value));
            default:
                throw new TemplateFault($"unsupported format character '{spec.Type}'.");
        }

        StringValue Digits(FormatSpec whole, TemplateValue of)
        {
            if (of is not NumberValue)
            {
                throw new TemplateFault($"%{spec.Type} format: a real number is required, not {of.TypeName}.");
            }

            if (whole.Precision is { } least)
            {
                string digits = (whole with { Width = 0, Precision = null, HasZero = false }).Apply(evaluation, of).Text;
                string bare = digits.TrimStart('-', '+', ' ');
                return (whole with { Type = 's', Precision = null, HasZero = false, Align = whole.Align == '=' ? '>' : whole.Align })
                    .PadText(evaluation, new StringValue(digits[..(digits.Length - bare.Length)] + bare.PadLeft(least, '0')));
            }

            return whole.Apply(evaluation, of);
        }
    }
}
