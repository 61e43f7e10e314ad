using System.Text;

namespace LocalLlm.Chat.Templating;

/// <summary>Text that grows, with the ranges of it that came from content.</summary>
/// <param name="evaluation">What the text is charged to.</param>
internal sealed class TextBuilder(Evaluation? evaluation)
{
    private const int BytesPerRange = 16;

    private readonly StringBuilder _text = new();
    private List<(int Start, int Length)>? _content;

    internal Evaluation? Evaluation => evaluation;

    internal TextBuilder Append(char character)
    {
        evaluation?.Charge(sizeof(char));
        _text.Append(character);
        return this;
    }

    internal TextBuilder Append(string text) => Append(text, isContent: false);

    internal TextBuilder Append(ReadOnlySpan<char> text, bool isContent)
    {
        evaluation?.Charge((long)text.Length * sizeof(char));
        if (isContent)
        {
            Mark(_text.Length, text.Length);
        }

        _text.Append(text);
        return this;
    }

    internal TextBuilder Append(StringValue value) => Append(value, 0, value.Text.Length);

    /// <summary>Appends a part, by chars.</summary>
    internal TextBuilder Append(StringValue value, int start, int length)
    {
        evaluation?.Charge((long)length * sizeof(char));
        foreach ((int from, int count) in value.ContentIn(start, length))
        {
            Mark(_text.Length + from, count);
        }

        _text.Append(value.Text, start, length);
        return this;
    }

    /// <summary>The text as a value.</summary>
    internal StringValue ToValue(bool isMarkup = false) => new(_text.ToString(), _content is null ? [] : [.. _content], isMarkup);

    internal Rendering ToRendering() => new(_text.ToString(), _content ?? []);

    private void Mark(int start, int length)
    {
        if (length == 0)
        {
            return;
        }

        _content ??= [];
        if (_content.Count > 0 && _content[^1] is var last && last.Start + last.Length == start)
        {
            _content[^1] = (last.Start, last.Length + length);
        }
        else
        {
            evaluation?.Charge(BytesPerRange);
            _content.Add((start, length));
        }
    }
}
