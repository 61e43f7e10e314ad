using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace LocalLlm.Chat.Schema;

/// <summary>The classes of characters that regular expressions name.</summary>
internal static class PatternClasses
{
    private static readonly ConcurrentDictionary<string, UnicodeSet> Categories = new(StringComparer.Ordinal);

    internal static UnicodeSet Digits { get; } = UnicodeSet.Of(('0', '9'));

    internal static UnicodeSet Words { get; } = UnicodeSet.Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));

    /// <summary>The spaces that every dialect takes for one.</summary>
    internal static UnicodeSet Spaces { get; } = UnicodeSet.Of(" \t\n\v\f\r");

    /// <summary>The spaces that some dialect takes for one.</summary>
    internal static UnicodeSet AllSpaces { get; } = Spaces.Or(UnicodeSet.Of("\u001C\u001D\u001E\u001F\u0085\u00A0\u1680\u2028\u2029\u202F\u205F\u3000\uFEFF")).Or(UnicodeSet.Of((0x2000, 0x200A)));

    internal static UnicodeSet Controls { get; } = UnicodeSet.Of((0, 0x1F), (0x7F, 0x9F));

    internal static UnicodeSet LineEnds { get; } = UnicodeSet.Of("\n\r\u2028\u2029");

    /// <summary>A general category by its short name, such as "L" or "Lu"; null where there is none.</summary>
    internal static UnicodeSet? Category(string name) => Prefixes.Contains($" {name} ", StringComparison.Ordinal)
        ? Categories.GetOrAdd(name, static name => UnicodeSet.Of(Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Where(c => Short(Rune.GetUnicodeCategory(new Rune(c))).StartsWith(name, StringComparison.Ordinal)).Select(c => (c, c))))
        : null;

    private const string Prefixes = " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp ";

    private static string Short(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => "Lu",
        UnicodeCategory.LowercaseLetter => "Ll",
        UnicodeCategory.TitlecaseLetter => "Lt",
        UnicodeCategory.ModifierLetter => "Lm",
        UnicodeCategory.OtherLetter => "Lo",
        UnicodeCategory.NonSpacingMark => "Mn",
        UnicodeCategory.SpacingCombiningMark => "Mc",
        UnicodeCategory.EnclosingMark => "Me",
        UnicodeCategory.DecimalDigitNumber => "Nd",
        UnicodeCategory.LetterNumber => "Nl",
        UnicodeCategory.OtherNumber => "No",
        UnicodeCategory.ConnectorPunctuation => "Pc",
        UnicodeCategory.DashPunctuation => "Pd",
        UnicodeCategory.OpenPunctuation => "Ps",
        UnicodeCategory.ClosePunctuation => "Pe",
        UnicodeCategory.InitialQuotePunctuation => "Pi",
        UnicodeCategory.FinalQuotePunctuation => "Pf",
        UnicodeCategory.OtherPunctuation => "Po",
        UnicodeCategory.MathSymbol => "Sm",
        UnicodeCategory.CurrencySymbol => "Sc",
        UnicodeCategory.ModifierSymbol => "Sk",
        UnicodeCategory.OtherSymbol => "So",
        UnicodeCategory.SpaceSeparator => "Zs",
        UnicodeCategory.LineSeparator => "Zl",
        UnicodeCategory.ParagraphSeparator => "Zp",
        _ => "C",
    };
}
