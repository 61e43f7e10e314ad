using System.Buffers;
using System.Text;

namespace LocalLlm.Inference;

/// <summary>
/// Turns the bytes of generated tokens into text. Held back are bytes of a character that is not whole yet, and text
/// that may be the beginning of a stop string; a stop string itself never gets out.
/// </summary>
internal sealed class OutputText(IReadOnlyList<byte[]> stopStrings)
{
    private byte[] _held = new byte[64];
    private int _length;

    /// <summary>Whether a stop string was met. What stands before it can still be taken.</summary>
    internal bool IsStopped { get; private set; }

    /// <summary>Adds a token's bytes.</summary>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _held.Length)
        {
            Array.Resize(ref _held, Math.Max(_held.Length * 2, _length + bytes.Length));
        }

        bytes.CopyTo(_held.AsSpan(_length));
        _length += bytes.Length;
        if (FindStop() is int start and >= 0)
        {
            _length = start;
            IsStopped = true;
        }
    }

    /// <summary>The text that is certain by now; null where there is none.</summary>
    /// <param name="isEnd">Nothing follows: all that was held back is text.</param>
    internal string? Take(bool isEnd)
    {
        int count = isEnd || IsStopped ? _length : WholeCharacters(_length - PossibleStop());
        if (count == 0)
        {
            return null;
        }

        string text = Encoding.UTF8.GetString(_held, 0, count);
        _held.AsSpan(count, _length - count).CopyTo(_held);
        _length -= count;
        return text;
    }

    private int FindStop()
    {
        int first = -1;
        foreach (byte[] stop in stopStrings)
        {
            int start = _held.AsSpan(0, _length).IndexOf(stop);
            if (start >= 0 && (first < 0 || start < first))
            {
                first = start;
            }
        }

        return first;
    }

    /// <summary>The length of the longest end of the held bytes with which a stop string begins.</summary>
    private int PossibleStop()
    {
        int longest = 0;
        foreach (byte[] stop in stopStrings)
        {
            for (int n = Math.Min(stop.Length - 1, _length); n > longest; n--)
            {
                if (_held.AsSpan(_length - n, n).SequenceEqual(stop.AsSpan(0, n)))
                {
                    longest = n;
                }
            }
        }

        return longest;
    }

    private int WholeCharacters(int count) =>
        count > 0 && Rune.DecodeLastFromUtf8(_held.AsSpan(0, count), out _, out int tail) == OperationStatus.NeedMoreData ? count - tail : count;
}
