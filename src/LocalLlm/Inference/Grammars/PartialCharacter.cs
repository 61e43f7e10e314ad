namespace LocalLlm.Inference;

/// <summary>The beginning of a UTF-8 character whose other bytes are to come: tokens may end within one.</summary>
internal struct PartialCharacter
{
    private const int MaxCodePoint = 0x10FFFF;

    private int _bits;
    private int _missing;
    private int _least;

    internal readonly bool IsEmpty => _missing == 0;

    /// <summary>The code points that it can become are between these two.</summary>
    internal readonly int First => Math.Max(_bits << (6 * _missing), _least);

    internal readonly int Last => Math.Min(((_bits + 1) << (6 * _missing)) - 1, MaxCodePoint);

    /// <summary>Takes the next byte; false where the text could not be valid UTF-8 any more, or is NUL.</summary>
    /// <param name="value">The byte.</param>
    /// <param name="codePoint">The character that it makes whole; 0 while there is none.</param>
    internal bool TryAppend(byte value, out int codePoint)
    {
        codePoint = 0;
        if (_missing == 0)
        {
            if (value < 0x80)
            {
                codePoint = value;
                return value != 0;
            }

            (_bits, _missing, _least) = value switch
            {
                < 0xC0 => (0, 0, 0),
                < 0xE0 => (value & 0x1F, 1, 0x80),
                < 0xF0 => (value & 0x0F, 2, 0x800),
                < 0xF8 => (value & 0x07, 3, 0x10000),
                _ => (0, 0, 0),
            };
            return _missing > 0 && IsPossible;
        }

        if ((value & 0xC0) != 0x80)
        {
            return false;
        }

        _bits = (_bits << 6) | (value & 0x3F);
        _missing--;
        if (!IsPossible)
        {
            return false;
        }

        codePoint = _missing == 0 ? _bits : 0;
        return true;
    }

    // Not written longer than needed, not too great, not a surrogate.
    private readonly bool IsPossible => First <= Last && !(First >= 0xD800 && Last <= 0xDFFF);
}
