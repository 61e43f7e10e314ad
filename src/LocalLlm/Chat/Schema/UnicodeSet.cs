namespace LocalLlm.Chat.Schema;

/// <summary>Some characters of Unicode, as ranges in order that do not touch. Halves of surrogate pairs are no characters.</summary>
internal sealed class UnicodeSet
{
    private const int Last = 0x10FFFF;

    private static readonly (int, int) Surrogates = (0xD800, 0xDFFF);

    private UnicodeSet((int First, int Last)[] ranges) => Ranges = ranges;

    /// <summary>Every character.</summary>
    internal static UnicodeSet All { get; } = new(Invert([Surrogates]));

    internal IReadOnlyList<(int First, int Last)> Ranges { get; }

    internal bool IsEmpty => Ranges.Count == 0;

    internal static UnicodeSet Of(params IEnumerable<(int First, int Last)> ranges) => new(Invert(Invert(ranges).Append(Surrogates)));

    internal static UnicodeSet Of(char character) => Of((character, character));

    internal static UnicodeSet Of(string characters) => Of(characters.Select(c => ((int)c, (int)c)));

    internal UnicodeSet Not() => new(Invert(Ranges.Append(Surrogates)));

    internal UnicodeSet Or(UnicodeSet other) => Of(Ranges.Concat(other.Ranges));

    internal UnicodeSet Except(UnicodeSet other) => Not().Or(other).Not();

    private static (int First, int Last)[] Invert(IEnumerable<(int First, int Last)> ranges)
    {
        List<(int, int)> inverted = [];
        int next = 0;
        foreach ((int first, int last) in ranges.Order())
        {
            if (next < first)
            {
                inverted.Add((next, first - 1));
            }

            next = Math.Max(next, last + 1);
        }

        if (next <= Last)
        {
            inverted.Add((next, Last));
        }

        return [.. inverted];
    }
}
