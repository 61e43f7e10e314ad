using System.Text;

namespace LocalLlm.Chat.Replies;

/// <summary>Text that is handed out without the white space at its two ends, which is known only when other text follows.</summary>
/// <param name="kind">What the text is.</param>
internal sealed class TrimmedText(ReplyPartKind kind)
{
    private readonly StringBuilder _held = new();

    /// <summary>Whether white space that comes now is left out.</summary>
    internal bool SkipsSpace { get; set; }

    /// <summary>Whether a text can be handed out as it is.</summary>
    internal bool PassesOn(string text) => _held.Length == 0 && !char.IsWhiteSpace(text[^1]) && !(SkipsSpace && char.IsWhiteSpace(text[0]));

    internal void Add(ReadOnlySpan<char> text, List<ReplyPart> parts)
    {
        if (SkipsSpace && _held.Length == 0)
        {
            text = text.TrimStart();
        }

        ReadOnlySpan<char> certain = text.TrimEnd();
        if (certain.Length > 0)
        {
            parts.Add(new ReplyPart(kind, _held.Append(certain).ToString()));
            _held.Clear();
            SkipsSpace = false;
        }

        _held.Append(text[certain.Length..]);
    }

    /// <summary>Holds a text back as if it were white space: what follows decides whether it is text.</summary>
    internal void Hold(ReadOnlySpan<char> text) => _held.Append(text);

    /// <summary>Hands out what is held, at the end: no marker followed.</summary>
    /// <param name="parts">Gets it.</param>
    /// <param name="trims">Without white space at its end.</param>
    internal void Flush(List<ReplyPart> parts, bool trims)
    {
        string text = trims ? _held.ToString().TrimEnd() : _held.ToString();
        if (text.Length > 0)
        {
            parts.Add(new ReplyPart(kind, text));
        }

        _held.Clear();
    }

    /// <summary>Forgets what is held: it only stood before a marker.</summary>
    internal void Drop() => _held.Clear();
}
