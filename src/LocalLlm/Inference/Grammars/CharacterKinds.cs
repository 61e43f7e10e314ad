namespace LocalLlm.Inference;

/// <summary>Divides the code points into kinds that no set of a grammar tells apart, so that what one of a kind does all do.</summary>
internal sealed class CharacterKinds
{
    private readonly int[] _starts;
    private readonly int[] _kinds;
    private readonly int[] _ascii = new int[128];
    private readonly int[] _examples;

    internal CharacterKinds(IReadOnlyList<CharacterSet> sets)
    {
        // Each set adds a random number to its code points: those with the same sum are in the same sets.
        SortedDictionary<int, long> changes = new() { [0] = 0 };
        foreach (CharacterSet set in sets)
        {
            long mark = Random.Shared.NextInt64(long.MinValue, long.MaxValue);
            foreach ((int first, int last) in set.Ranges)
            {
                changes[first] = changes.GetValueOrDefault(first) + mark;
                changes[last + 1] = changes.GetValueOrDefault(last + 1) - mark;
            }
        }

        _starts = [.. changes.Keys];
        _kinds = new int[_starts.Length];
        Dictionary<long, int> kinds = [];
        List<int> examples = [];
        long sum = 0;
        int at = 0;
        foreach ((int start, long change) in changes)
        {
            sum += change;
            if (!kinds.TryGetValue(sum, out int kind))
            {
                kind = kinds.Count;
                kinds.Add(sum, kind);
                examples.Add(start);
            }

            _kinds[at++] = kind;
        }

        _examples = [.. examples];
        for (int i = 0; i < _ascii.Length; i++)
        {
            _ascii[i] = _kinds[IntervalOf(i)];
        }
    }

    internal int Count => _examples.Length;

    internal int Of(int codePoint) => codePoint < _ascii.Length ? _ascii[codePoint] : _kinds[IntervalOf(codePoint)];

    /// <summary>One code point of a kind.</summary>
    internal int Example(int kind) => _examples[kind];

    /// <summary>The intervals from the one that holds a code point to the one that holds another.</summary>
    internal ReadOnlySpan<int> Between(int first, int last)
    {
        int start = IntervalOf(first);
        return _kinds.AsSpan(start, IntervalOf(last) - start + 1);
    }

    private int IntervalOf(int codePoint)
    {
        int index = _starts.AsSpan().BinarySearch(codePoint);
        return index >= 0 ? index : ~index - 1;
    }
}
