namespace LocalLlm.Models;

/// <summary>A set of bytes of a file, as ranges that neither overlap nor touch, in order.</summary>
internal sealed class ByteRanges
{
    private readonly List<ByteRange> _ranges = [];

    public long Count { get; private set; }

    /// <summary>The bytes before the first one that is missing.</summary>
    public long FromStart => _ranges is [{ From: 0 } first, ..] ? first.To : 0;

    public void Add(ByteRange added)
    {
        if (added.Length <= 0)
        {
            return;
        }

        int at = FirstEndingAtOrAfter(added.From);
        int end = at;
        long from = added.From;
        long to = added.To;
        while (end < _ranges.Count && _ranges[end].From <= added.To)
        {
            from = Math.Min(from, _ranges[end].From);
            to = Math.Max(to, _ranges[end].To);
            Count -= _ranges[end].Length;
            end++;
        }

        _ranges.RemoveRange(at, end - at);
        _ranges.Insert(at, new ByteRange(from, to));
        Count += to - from;
    }

    public void Clear()
    {
        _ranges.Clear();
        Count = 0;
    }

    public ByteRange[] ToArray() => [.. _ranges];

    /// <summary>What is not in the set, of a file of so many bytes.</summary>
    public IEnumerable<ByteRange> Missing(long length)
    {
        long at = 0;
        foreach (ByteRange range in _ranges)
        {
            if (range.From > at)
            {
                yield return new ByteRange(at, range.From);
            }

            at = range.To;
        }

        if (at < length)
        {
            yield return new ByteRange(at, length);
        }
    }

    private int FirstEndingAtOrAfter(long position)
    {
        int low = 0;
        int high = _ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ranges[middle].To < position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
