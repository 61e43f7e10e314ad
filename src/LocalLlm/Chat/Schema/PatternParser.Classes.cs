using System.Globalization;

namespace LocalLlm.Chat.Schema;

/// <content>Classes of characters and escapes.</content>
internal sealed partial class PatternParser
{
    private UnicodeSet ReadClass()
    {
        _at++;
        bool isNegated = TryTake("^");
        UnicodeSet all = UnicodeSet.Of();
        while (!TryTake("]"))
        {
            (UnicodeSet first, bool isSet) = ReadClassPart(isNegated);
            if (Current == '-' && _at + 1 < _text.Length && _text[_at + 1] != ']')
            {
                _at++;
                (UnicodeSet last, bool isLastSet) = ReadClassPart(isNegated);
                int from = First(first, isSet);
                int to = First(last, isLastSet);
                first = from <= to ? UnicodeSet.Of((from, to)) : throw Wrong("a range ends before it starts");
            }

            all = all.Or(first);
        }

        return isNegated ? all.Not() : all;

        int First(UnicodeSet one, bool isSet) => isSet || one.IsEmpty ? throw Wrong("a class can't be the end of a range") : one.Ranges[0].First;
    }

    private (UnicodeSet Characters, bool IsSet) ReadClassPart(bool isNegated)
    {
        if (IsAtEnd)
        {
            throw Wrong("a class has no closing ']'");
        }

        if (Current != '\\')
        {
            return (UnicodeSet.Of(ReadRune()), false);
        }

        bool isSet = _at + 1 < _text.Length && _text[_at + 1] is 'd' or 'D' or 'w' or 'W' or 's' or 'S' or 'p' or 'P';
        return (ReadEscape(isInClass: true, isNegated), isSet);
    }

    private UnicodeSet ReadEscape(bool isInClass, bool isNegated = false)
    {
        _at++;
        if (IsAtEnd)
        {
            throw Wrong("nothing follows the last '\\'");
        }

        char kind = _text[_at++];
        switch (kind)
        {
            case 'd':
                return PatternClasses.Digits;
            case 'D':
                return PatternClasses.Digits.Not();
            case 'w':
                return PatternClasses.Words;
            case 'W':
                return PatternClasses.Words.Not();
            // Not all agree on what is space: what may be is not written as such, nor as its contrary.
            case 's':
                return isNegated ? PatternClasses.AllSpaces : PatternClasses.Spaces;
            case 'S':
                return (isNegated ? PatternClasses.Spaces : PatternClasses.AllSpaces).Not();
            case 'p' or 'P':
                UnicodeSet category = ReadCategory();
                return kind == 'p' ? category : category.Not();
            case 'u' when Current == '{':
                int end = _text.IndexOf('}', _at);
                return end < 0 ? throw Wrong("the escape has no '}'") : UnicodeSet.Of(ReadHex(_at + 1, end, end + 1));
            case 'u':
                return UnicodeSet.Of(ReadUnit());
            case 'x':
                return UnicodeSet.Of(ReadHex(_at, _at + 2, _at + 2));
            case 'c' when char.IsAsciiLetter(Current):
                return UnicodeSet.Of((char)(_text[_at++] % 32));
            case 't':
                return UnicodeSet.Of('\t');
            case 'n':
                return UnicodeSet.Of('\n');
            case 'r':
                return UnicodeSet.Of('\r');
            case 'v':
                return UnicodeSet.Of('\v');
            case 'f':
                return UnicodeSet.Of('\f');
            case 'b' when isInClass:
                return UnicodeSet.Of('\b');
            case '0' when !char.IsAsciiDigit(Current):
                return UnicodeSet.Of('\0');
            case 'b' or 'B' or 'A' or 'z' or 'Z' or 'G':
                throw Unsupported($"The assertion '\\{kind}'");
            case 'k' or (>= '0' and <= '9'):
                throw Unsupported("A reference back to a group");
            case var _ when char.IsAsciiLetterOrDigit(kind):
                throw Wrong($"'\\{kind}' is not an escape");
            default:
                _at--;
                return UnicodeSet.Of(ReadRune());
        }
    }

    private UnicodeSet ReadCategory()
    {
        int end = _text.IndexOf('}', _at);
        if (Current != '{' || end < 0)
        {
            throw Wrong("a category in braces must follow '\\p'");
        }

        string name = _text[(_at + 1)..end];
        _at = end + 1;
        return PatternClasses.Category(name) ?? throw Unsupported($"The Unicode property '{name}'");
    }

    private (int, int) ReadUnit()
    {
        (int unit, _) = ReadHex(_at, _at + 4, _at + 4);
        if (char.IsHighSurrogate((char)unit) && TryTake("\\u"))
        {
            (int low, _) = ReadHex(_at, _at + 4, _at + 4);
            unit = char.IsLowSurrogate((char)low) ? char.ConvertToUtf32((char)unit, (char)low) : throw Wrong("half of a surrogate pair is no character");
        }

        return (unit, unit);
    }

    private (int, int) ReadHex(int start, int end, int next)
    {
        if (end > _text.Length || !int.TryParse(_text.AsSpan(start, end - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value) || value is < 0 or > 0x10FFFF)
        {
            throw Wrong("an escape lacks its hexadecimal digits");
        }

        _at = next;
        return (value, value);
    }
}
