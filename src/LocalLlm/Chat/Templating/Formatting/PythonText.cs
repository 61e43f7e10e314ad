using System.Globalization;
using System.Text;

namespace LocalLlm.Chat.Templating;

/// <summary>How Python sees characters.</summary>
internal static class PythonText
{
    internal static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    internal static bool IsLineBreak(char c) => c is '\n' or '\r' or '\v' or '\f' or '\x1c' or '\x1d' or '\x1e' or '\x85' or '\u2028' or '\u2029';

    internal static bool IsLetter(Rune rune) => Rune.IsLetter(rune);

    internal static bool IsDigit(Rune rune) => Rune.IsDigit(rune) || rune.Value is 0xB2 or 0xB3 or 0xB9 or 0x2070 or (>= 0x2074 and <= 0x2079) or (>= 0x2080 and <= 0x2089);

    internal static bool IsNumeric(Rune rune) => Rune.IsNumber(rune);

    internal static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    internal static string Upper(string text) => Ascii.IsValid(text) ? text.ToUpperInvariant() : Map(text, static (rune, _, _) => UpperOf(rune));

    internal static string Lower(string text) => Ascii.IsValid(text) ? text.ToLowerInvariant() : Map(text, static (rune, all, at) => LowerOf(rune, all, at));

    /// <summary>The first character in upper case, the others in lower.</summary>
    internal static string Capitalize(string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        int first = char.IsSurrogatePair(text, 0) ? 2 : 1;
        return TitleOf(text[..first]) + Map(text, static (rune, all, at) => LowerOf(rune, all, at), first);
    }

    /// <summary>Words in lower case with a first letter in upper case.</summary>
    internal static string Title(string text)
    {
        bool isWithin = false;
        return Map(text, (rune, all, at) =>
        {
            string mapped = isWithin ? LowerOf(rune, all, at) : TitleOf(rune.ToString());
            isWithin = IsCased(rune);
            return mapped;
        });
    }

    internal static bool IsCased(Rune rune) => Rune.IsUpper(rune) || Rune.IsLower(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    /// <summary>Whether there are cased characters, and all of them are in lower case.</summary>
    internal static bool IsLower(string text) => IsCase(text, Rune.IsLower);

    internal static bool IsUpper(string text) => IsCase(text, Rune.IsUpper);

    internal static string SwapCase(string text) =>
        Map(text, static (rune, all, at) => Rune.IsUpper(rune) ? LowerOf(rune, all, at) : Rune.IsLower(rune) ? UpperOf(rune) : rune.ToString());

    /// <summary>The escape of a character in repr(); null where it stands for itself.</summary>
    internal static string? EscapeInRepr(Rune rune, char quote) => rune.Value switch
    {
        '\\' => @"\\",
        '\n' => @"\n",
        '\r' => @"\r",
        '\t' => @"\t",
        int value when value == quote => @"\" + quote,
        _ when IsPrintable(rune) => null,
        < 0x100 => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
        < 0x10000 => string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
    };

    private static bool IsCase(string text, Func<Rune, bool> isCase)
    {
        bool hasCased = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsCased(rune))
            {
                hasCased = true;
                if (!isCase(rune))
                {
                    return false;
                }
            }
        }

        return hasCased;
    }

    private static string Map(string text, Func<Rune, string, int, string> map, int from = 0)
    {
        StringBuilder mapped = new(text.Length);
        for (int at = from; at < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
            {
                mapped.Append(map(rune, text, at));
            }
            else
            {
                mapped.Append(text, at, length);
            }

            at += length;
        }

        return mapped.ToString();
    }

    // Those whose upper case is more than one character; .NET maps one to one.
    private static string UpperOf(Rune rune) => rune.Value switch
    {
        < 0x80 => ((char)(rune.Value is >= 'a' and <= 'z' ? rune.Value - 32 : rune.Value)).ToString(),
        0xDF => "SS",
        0x149 => "\u02BCN",
        0x1F0 => "J\u030C",
        0x390 => "\u0399\u0308\u0301",
        0x3B0 => "\u03A5\u0308\u0301",
        0x587 => "\u0535\u0552",
        0x1E96 => "H\u0331",
        0x1E97 => "T\u0308",
        0x1E98 => "W\u030A",
        0x1E99 => "Y\u030A",
        0x1E9A => "A\u02BE",
        0xFB00 => "FF",
        0xFB01 => "FI",
        0xFB02 => "FL",
        0xFB03 => "FFI",
        0xFB04 => "FFL",
        0xFB05 or 0xFB06 => "ST",
        _ => Rune.ToUpperInvariant(rune).ToString(),
    };

    private static string TitleOf(string character)
    {
        string upper = Upper(character);
        return upper.Length > 1 && !char.IsSurrogate(upper[0]) ? upper[0] + Lower(upper[1..]) : upper;
    }

    private static string LowerOf(Rune rune, string all, int at) => rune.Value switch
    {
        < 0x80 => ((char)(rune.Value is >= 'A' and <= 'Z' ? rune.Value + 32 : rune.Value)).ToString(),
        0x130 => "i\u0307",
        // A sigma at the end of a word.
        0x3A3 when at > 0 && char.IsLetter(all[at - 1]) && (at + 1 == all.Length || !char.IsLetter(all[at + 1])) => "\u03C2",
        _ => Rune.ToLowerInvariant(rune).ToString(),
    };
}
