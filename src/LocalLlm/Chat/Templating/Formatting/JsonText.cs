using System.Globalization;

namespace LocalLlm.Chat.Templating;

/// <summary>JSON as Python's json.dumps writes it.</summary>
internal sealed class JsonText(TextBuilder output, bool isAscii, StringValue? indent, StringValue itemSeparator, StringValue keySeparator, bool sortsKeys)
{
    internal static StringValue Dump(Evaluation evaluation, TemplateValue value, TemplateValue? ensureAscii, TemplateValue? indent, TemplateValue? separators, TemplateValue? sortKeys)
    {
        StringValue? step = indent switch
        {
            null or NoneValue => null,
            StringValue text => text,
            _ => new StringValue(new string(' ', Math.Clamp(indent.AsInt("indent", 0), 0, 1000))),
        };
        (StringValue item, StringValue key) = (new StringValue(step is null ? ", " : ","), new StringValue(": "));
        if (separators.IsGiven())
        {
            IReadOnlyList<TemplateValue> given = ListValue.Create(evaluation, separators!.Iterate()).Items;
            (item, key) = given.Count == 2 ? (given[0].AsText("separators"), given[1].AsText("separators")) : throw new TemplateFault("separators takes two strings.");
        }

        TextBuilder output = new(evaluation);
        new JsonText(output, ensureAscii.AsBool(), step, item, key, sortKeys.AsBool()).Write(value, 0);
        return output.ToValue();
    }

    /// <summary>The escape of a character that JSON can't write as it is.</summary>
    internal static string Escape(int character) => character switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\f' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{character:x4}"),
    };

    /// <summary>The JSON of a value, with the defaults of json.dumps but for its escapes.</summary>
    internal static StringValue Of(TemplateValue value)
    {
        TextBuilder output = new(null);
        new JsonText(output, isAscii: false, indent: null, new StringValue(", "), new StringValue(": "), sortsKeys: false).Write(value, 0);
        return output.ToValue();
    }

    private void Write(TemplateValue value, int depth)
    {
        output.Evaluation?.Step();
        Evaluation.EnsureStack();
        switch (value)
        {
            case NoneValue: output.Append("null"); break;
            case BooleanValue: output.Append(value.IsTrue ? "true" : "false"); break;
            case FloatValue number: output.Append(Number(number)); break;
            case NumberValue: value.WriteRepr(output); break;
            case StringValue text: WriteText(text); break;
            case SequenceValue sequence: WriteAll('[', ']', sequence.Items, Write, depth); break;
            case DictValue dict:
                WriteAll('{', '}', sortsKeys ? StableSort.By(i => i.Key, dict.Items, isReverse: false) : dict.Items, WritePair, depth);
                break;
            default: throw (value as UndefinedValue)?.Fault() ?? new TemplateFault($"Object of type {value.TypeName} is not JSON serializable.");
        }
    }

    private void WritePair(KeyValuePair<TemplateValue, TemplateValue> pair, int depth)
    {
        switch (pair.Key)
        {
            case StringValue text: WriteText(text); break;
            case NoneValue: output.Append("\"null\""); break;
            case BooleanValue: output.Append(pair.Key.IsTrue ? "\"true\"" : "\"false\""); break;
            case FloatValue number: output.Append($"\"{Number(number)}\""); break;
            case NumberValue:
                output.Append('"');
                pair.Key.WriteRepr(output);
                output.Append('"');
                break;
            default: throw new TemplateFault($"keys must be str, int, float, bool or None, not {pair.Key.TypeName}.");
        }

        output.Append(keySeparator);
        Write(pair.Value, depth);
    }

    private void WriteAll<T>(char opening, char closing, IReadOnlyCollection<T> items, Action<T, int> write, int depth)
    {
        output.Append(opening);
        bool isFirst = true;
        foreach (T item in items)
        {
            if (!isFirst)
            {
                output.Append(itemSeparator);
            }

            isFirst = false;
            BreakLine(depth + 1);
            write(item, depth + 1);
        }

        if (!isFirst)
        {
            BreakLine(depth);
        }

        output.Append(closing);
    }

    private void BreakLine(int depth)
    {
        if (indent is not null)
        {
            output.Append('\n');
            for (int i = 0; i < depth; i++)
            {
                output.Append(indent);
            }
        }
    }

    private void WriteText(StringValue value)
    {
        output.Append('"');
        string text = value.Text;
        int plain = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            string? escape = c is '"' or '\\' or < ' ' || (isAscii && c > '\x7f') ? Escape(c) : null;
            if (escape is not null)
            {
                output.Append(value, plain, i - plain);
                output.Append(escape, value.HasContentIn(i, 1));
                plain = i + 1;
            }
        }

        output.Append(value, plain, text.Length - plain);
        output.Append('"');
    }

    private static string Number(FloatValue number) =>
        double.IsFinite(number.Real) ? NumberText.Repr(number.Real) : double.IsNaN(number.Real) ? "NaN" : number.Real > 0 ? "Infinity" : "-Infinity";
}
