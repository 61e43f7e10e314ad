using LocalLlm.Inference;

namespace LocalLlm.Chat.Schema;

/// <summary>Some characters of Unicode, as ranges in order that do not touch. Halves of surrogate pairs are no characters.</summary>
internal sealed class UnicodeSet
{
    private static readonly (int, int) Surrogates = (0xD800, 0xDFFF);

    private UnicodeSet((int First, int Last)[] ranges) => Ranges = ranges;

    /// <summary>Every character.</summary>
    internal static UnicodeSet All { get; } = new(CharacterSet.Invert([Surrogates]));

    internal IReadOnlyList<(int First, int Last)> Ranges { get; }

    internal bool IsEmpty => Ranges.Count == 0;

    internal static UnicodeSet Of(params IEnumerable<(int First, int Last)> ranges) => new(CharacterSet.Invert(CharacterSet.Invert(ranges).Append(Surrogates)));

    internal static UnicodeSet Of(char character) => Of((character, character));

    internal static UnicodeSet Of(string characters) => Of(characters.Select(c => ((int)c, (int)c)));

    internal UnicodeSet Not() => new(CharacterSet.Invert(Ranges.Append(Surrogates)));

    internal UnicodeSet Or(UnicodeSet other) => Of(Ranges.Concat(other.Ranges));

    internal UnicodeSet Except(UnicodeSet other) => Not().Or(other).Not();
}
