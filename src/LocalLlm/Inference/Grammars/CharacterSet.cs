namespace LocalLlm.Inference;

/// <summary>Some characters, as ranges of code points in order that do not touch.</summary>
internal sealed class CharacterSet
{
    private const int Last = 0x10FFFF;

    // NUL, which is never generated, and surrogates.
    private static readonly (int, int)[] NoCharacters = [(0, 0), (0xD800, 0xDFFF)];

    private readonly (int First, int Last)[] _ranges;

    internal CharacterSet(int codePoint) => _ranges = [(codePoint, codePoint)];

    internal CharacterSet(GrammarClass characters)
    {
        IEnumerable<(int, int)> excluded = characters.IsNegated ? characters.Ranges : Invert(characters.Ranges);
        _ranges = Invert(excluded.Concat(NoCharacters));
    }

    private CharacterSet() => _ranges = Invert(NoCharacters);

    /// <summary>Every character.</summary>
    internal static CharacterSet All { get; } = new();

    internal ReadOnlySpan<(int First, int Last)> Ranges => _ranges;

    internal bool Contains(int codePoint)
    {
        int low = 0;
        int high = _ranges.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ranges[middle].Last < codePoint)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < _ranges.Length && _ranges[low].First <= codePoint;
    }

    /// <summary>What some ranges leave out, as ranges in order that do not touch.</summary>
    internal static (int First, int Last)[] Invert(IEnumerable<(int First, int Last)> ranges)
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
