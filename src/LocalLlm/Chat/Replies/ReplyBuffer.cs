namespace LocalLlm.Chat.Replies;

/// <summary>Text that waits for what follows it.</summary>
internal sealed class ReplyBuffer
{
    private char[] _text = new char[256];
    private int _start;
    private int _end;

    internal ReadOnlySpan<char> Text => _text.AsSpan(_start, _end - _start);

    internal bool IsEmpty => _start == _end;

    internal void Append(string text)
    {
        if (_end + text.Length > _text.Length)
        {
            char[] target = 2 * (_end - _start + text.Length) > _text.Length ? new char[2 * (_end - _start + text.Length)] : _text;
            Text.CopyTo(target);
            (_text, _start, _end) = (target, 0, _end - _start);
        }

        text.CopyTo(_text.AsSpan(_end));
        _end += text.Length;
    }

    /// <summary>Takes text away from the beginning.</summary>
    internal void Skip(int count)
    {
        _start += count;
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }
    }
}
