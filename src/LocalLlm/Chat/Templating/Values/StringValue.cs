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

    internal static StringValue Of(string text, bool isContent) => isContent ? new StringValue(text).AsContent() : new(text);

    /// <summary>A part, by chars.</summary>
    internal StringValue Part(int start, int length)
    {
        if (start == 0 && length == Text.Length)
        {
            return this;
        }

        return new StringValue(Text.Substring(start, length), ContentIn(start, length), IsMarkup);
    }

    internal StringValue Part(Evaluation evaluation, int start, int length)
    {
        StringValue part = Part(start, length);
        evaluation.Charge(64 + (2L * length) + (8L * part._content.Length));
        return part;
    }

    /// <summary>Whether a part has any content.</summary>
    internal bool HasContentIn(int start, int length) => FirstAfter(start) is var first && first < _content.Length && _content[first].Start < start + length;

    /// <summary>The content within a part, counted from its start.</summary>
    internal (int Start, int Length)[] ContentIn(int start, int length)
    {
        int first = FirstAfter(start);
        int end = first;
        while (end < _content.Length && _content[end].Start < start + length)
        {
            end++;
        }

        if (end - first == _content.Length && length == Text.Length)
        {
            return _content;
        }

        (int Start, int Length)[] within = _content[first..end];
        foreach (ref (int Start, int Length) range in within.AsSpan())
        {
            int from = Math.Max(range.Start - start, 0);
            range = (from, Math.Min(range.Start + range.Length - start, length) - from);
        }

        return within;
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

    /// <summary>The same text, all of it content.</summary>
    internal StringValue AsContent() => Text.Length == 0 ? this : new(Text, [(0, Text.Length)], IsMarkup);

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
        char quote = Text.Contains('\'', StringComparison.Ordinal) && !Text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        output.Append(IsMarkup ? "Markup(" : "").Append(quote);
        int plain = 0;
        for (int at = 0; at < Text.Length;)
        {
            Rune.DecodeFromUtf16(Text.AsSpan(at), out Rune rune, out int length);
            string? escape = PythonText.EscapeInRepr(rune, quote);
            if (escape is not null)
            {
                output.Append(this, plain, at - plain).Append(escape, HasContentIn(at, length));
                plain = at + length;
            }

            at += length;
        }

        output.Append(this, plain, Text.Length - plain).Append(quote).Append(IsMarkup ? ")" : "");
    }

    internal override IEnumerable<TemplateValue> Elements()
    {
        int count = Count!.Value;
        for (int i = 0; i < count; i++)
        {
            Evaluation.Current?.Charge(128);
            // Python goes through markup as plain text.
            yield return Character(i).AsMarkup(false);
        }
    }

    internal override TemplateValue? Item(TemplateValue key) => ElementIndex.TryResolve(key, Count!.Value, out int index) ? Character(index) : null;

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

    internal override bool Contains(TemplateValue item)
    {
        if (item is not StringValue text)
        {
            throw (item as UndefinedValue)?.Fault() ?? new TemplateFault($"'in <string>' requires string as left operand, not {item.TypeName}.");
        }

        Evaluation.Current?.Work(Evaluation.StepsOfSearch(Text, text.Text));
        return Text.Contains(text.Text, StringComparison.Ordinal);
    }

    internal override long Size() => 64 + (2L * Text.Length);

    public override bool Equals(TemplateValue? other)
    {
        if (other is not StringValue text || text.Text.Length != Text.Length)
        {
            return false;
        }

        CountWork(Text.Length);
        return Text == text.Text;
    }

    public override int GetHashCode()
    {
        CountWork(Text.Length);
        return Text.GetHashCode(StringComparison.Ordinal);
    }

    /// <summary>The order by code points.</summary>
    internal int CompareTo(StringValue other)
    {
        CountWork(Math.Min(Text.Length, other.Text.Length));
        int at = Text.AsSpan().CommonPrefixLength(other.Text);
        if (at == Text.Length || at == other.Text.Length)
        {
            return Text.Length.CompareTo(other.Text.Length);
        }

        (char left, char right) = (Text[at], other.Text[at]);
        return char.IsSurrogate(left) == char.IsSurrogate(right) ? left.CompareTo(right) : char.IsSurrogate(left) ? 1 : -1;
    }

    private StringValue Character(int index)
    {
        int start = CharOf(index);
        return Part(start, CharOf(index + 1) - start);
    }

    // The first range that ends behind a place.
    private int FirstAfter(int at)
    {
        int low = 0;
        for (int high = _content.Length; low < high;)
        {
            int middle = (low + high) / 2;
            if (_content[middle].Start + _content[middle].Length > at)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    private static void CountWork(long chars)
    {
        if (chars >= Evaluation.CharsPerStep)
        {
            Evaluation.Current?.Work(chars / Evaluation.CharsPerStep);
        }
    }

    private static int[] FindStarts(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return [];
        }

        int pairs = 0;
        for (int at = 0; at + 1 < text.Length; at++)
        {
            pairs += char.IsSurrogatePair(text[at], text[at + 1]) ? 1 : 0;
        }

        Evaluation.Current?.Charge((long)(text.Length - pairs) * sizeof(int));
        int[] starts = new int[text.Length - pairs + 1];
        int start = 0;
        for (int i = 0; i < starts.Length; i++)
        {
            starts[i] = start;
            start += start + 1 < text.Length && char.IsSurrogatePair(text[start], text[start + 1]) ? 2 : 1;
        }

        return starts;
    }
}
