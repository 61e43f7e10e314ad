using System.Text;

namespace LocalLlm.Chat.Templating;

/// <summary>A text that knows which of its ranges came from content.</summary>
internal sealed class StringValue : TemplateValue
{
    private readonly (int Start, int Length)[] _content;
    private int[]? _starts;

    internal StringValue(string text)
        : this(text, [])
    {
    }

    internal StringValue(string text, (int Start, int Length)[] content, bool isMarkup = false)
    {
        Text = text;
        _content = content;
        IsMarkup = isMarkup;
    }

    internal static StringValue Empty { get; } = new("");

    internal string Text { get; }

    /// <summary>The ranges that came from content, in order; they do not touch.</summary>
    internal ReadOnlySpan<(int Start, int Length)> Content => _content;

    internal bool HasContent => _content.Length > 0;

    /// <summary>Whether it counts as escaped: "safe" was said of it.</summary>
    internal bool IsMarkup { get; }

    internal override string TypeName => IsMarkup ? "Markup" : "str";

    internal override bool IsTrue => Text.Length > 0;

    /// <summary>The number of characters: code points, as in Python.</summary>
    internal override int? Count => IsPlain ? Text.Length : Starts.Length - 1;

    // Without surrogates a character is a char.
    private bool IsPlain => Starts.Length == 0;

    private int[] Starts => _starts ??= FindStarts(Text);

    internal static StringValue Of(string text, bool isContent) => isContent && text.Length > 0 ? new(text, [(0, text.Length)]) : new(text);

    /// <summary>A part, by chars.</summary>
    internal StringValue Part(int start, int length)
    {
        if (start == 0 && length == Text.Length)
        {
            return this;
        }

        return new StringValue(Text.Substring(start, length), Within(start, length), IsMarkup);
    }

    internal StringValue Part(Evaluation evaluation, int start, int length)
    {
        evaluation.Charge(64 + (2L * length));
        return Part(start, length);
    }

    /// <summary>The content within a part, counted from its start.</summary>
    internal (int Start, int Length)[] Within(int start, int length)
    {
        if (_content.Length == 0)
        {
            return [];
        }

        List<(int, int)> within = [];
        foreach ((int from, int count) in _content)
        {
            int first = Math.Max(from, start);
            int end = Math.Min(from + count, start + length);
            if (first < end)
            {
                within.Add((first - start, end - first));
            }
        }

        return [.. within];
    }

    /// <summary>Another text made of this one: its places are kept where the length is, else all of it counts as content if any of this did.</summary>
    internal StringValue Become(Evaluation evaluation, string text)
    {
        evaluation.Work(text.Length / 8);
        evaluation.Charge(64 + (2L * text.Length));
        if (text == Text)
        {
            return this;
        }

        return text.Length == Text.Length
            ? new StringValue(text, _content, IsMarkup)
            : new StringValue(text, HasContent && text.Length > 0 ? [(0, text.Length)] : [], IsMarkup);
    }

    internal StringValue AsMarkup(bool isMarkup = true) => isMarkup == IsMarkup ? this : new(Text, _content, isMarkup);

    /// <summary>The char where a character starts.</summary>
    internal int CharOf(int character) => IsPlain ? character : Starts[character];

    /// <summary>The character that a char belongs to.</summary>
    internal int CharacterOf(int at)
    {
        if (IsPlain)
        {
            return at;
        }

        int index = Array.BinarySearch(Starts, at);
        return index >= 0 ? index : ~index - 1;
    }

    internal override void WriteText(TextBuilder output) => output.Append(this);

    internal override StringValue ToText(Evaluation? evaluation) => AsMarkup(false);

    internal override void WriteRepr(TextBuilder output)
    {
        if (IsMarkup)
        {
            output.Append("Markup(");
        }

        output.Append(Quote(this));
        if (IsMarkup)
        {
            output.Append(')');
        }
    }

    internal override IEnumerable<TemplateValue> Elements()
    {
        int count = Count!.Value;
        for (int i = 0; i < count; i++)
        {
            // Python goes through markup as plain text.
            yield return Character(i).AsMarkup(false);
        }
    }

    internal override TemplateValue? Item(TemplateValue key) => Index.TryResolve(key, Count!.Value, out int index) ? Character(index) : null;

    internal override TemplateValue? Attribute(string name) => StringMethods.Of(this, name);

    internal override TemplateValue Slice(Evaluation evaluation, SliceRange range)
    {
        (int start, int count, int step) = range.Resolve(Count!.Value);
        if (step == 1 || count == 0)
        {
            int first = CharOf(start);
            return Part(evaluation, count == 0 ? 0 : first, count == 0 ? 0 : CharOf(start + count) - first);
        }

        TextBuilder text = new(evaluation);
        for (int i = 0; i < count; i++)
        {
            evaluation.Step();
            text.Append(Character(start + (i * step)));
        }

        return text.ToValue(IsMarkup);
    }

    internal override bool Contains(TemplateValue item) => item is StringValue text
        ? Text.Contains(text.Text, StringComparison.Ordinal)
        : throw ((item as UndefinedValue)?.Fault() ?? new TemplateFault($"'in <string>' requires string as left operand, not {item.TypeName}."));

    internal override long Size() => 64 + (2L * Text.Length);

    public override bool Equals(TemplateValue? other) => other is StringValue text && Text == text.Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The order by code points.</summary>
    internal int CompareTo(StringValue other)
    {
        int at = Text.AsSpan().CommonPrefixLength(other.Text);
        if (at == Text.Length || at == other.Text.Length)
        {
            return Text.Length.CompareTo(other.Text.Length);
        }

        (char left, char right) = (Text[at], other.Text[at]);
        return char.IsSurrogate(left) == char.IsSurrogate(right) ? left.CompareTo(right) : char.IsSurrogate(left) ? 1 : -1;
    }

    private static StringValue Quote(StringValue value)
    {
        string text = value.Text;
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        TextBuilder quoted = new(null);
        quoted.Append(quote);
        int plain = 0;
        for (int at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int length);
            string? escape = PythonText.EscapeInRepr(rune, quote);
            if (escape is not null)
            {
                quoted.Append(value.Part(plain, at - plain));
                quoted.Append(escape, value.Within(at, length).Length > 0);
                plain = at + length;
            }

            at += length;
        }

        quoted.Append(value.Part(plain, text.Length - plain));
        quoted.Append(quote);
        return quoted.ToValue();
    }

    private StringValue Character(int index)
    {
        int start = CharOf(index);
        return Part(start, CharOf(index + 1) - start);
    }

    private static int[] FindStarts(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return [];
        }

        List<int> starts = [];
        for (int at = 0; at < text.Length; at += char.IsSurrogatePair(text, at) ? 2 : 1)
        {
            starts.Add(at);
            if (at + 1 == text.Length)
            {
                break;
            }
        }

        starts.Add(text.Length);
        return [.. starts];
    }
}
