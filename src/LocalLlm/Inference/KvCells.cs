using System.Runtime.InteropServices;

namespace LocalLlm.Inference;

/// <summary>
/// The cells of a unified KV cache, counted. A cell belongs to one position of one sequence, or of several that share
/// their beginning, and is free again when none of them holds it. llama.cpp does the same with its own cells; numbers
/// here need not be equal to its, only the count is.
/// </summary>
internal sealed class KvCells
{
    private readonly int[] _holders;
    private readonly int[] _marks;
    private readonly int[] _free;
    private int _mark;

    internal KvCells(int count)
    {
        _holders = new int[count];
        _marks = new int[count];
        _free = [.. Enumerable.Range(0, count)];
        Free = count;
    }

    internal int Count => _holders.Length;

    internal int Free { get; private set; }

    /// <summary>Takes free cells for the next tokens of a sequence.</summary>
    internal void Take(List<int> cells, int count)
    {
        for (int i = 0; i < count; i++)
        {
            int cell = _free[--Free];
            _holders[cell] = 1;
            cells.Add(cell);
        }
    }

    /// <summary>Makes the first cells of one sequence those of another as well.</summary>
    internal void Share(List<int> from, List<int> to, int count)
    {
        foreach (int cell in CollectionsMarshal.AsSpan(from)[..count])
        {
            _holders[cell]++;
            to.Add(cell);
        }
    }

    /// <summary>Gives cells of a sequence back.</summary>
    internal void Release(List<int> cells, int start, int count)
    {
        foreach (int cell in CollectionsMarshal.AsSpan(cells).Slice(start, count))
        {
            if (--_holders[cell] == 0)
            {
                _free[Free++] = cell;
            }
        }

        cells.RemoveRange(start, count);
    }

    /// <summary>Whether another sequence holds one of these cells too.</summary>
    internal bool IsShared(ReadOnlySpan<int> cells)
    {
        foreach (int cell in cells)
        {
            if (_holders[cell] > 1)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Begins a count of different cells.</summary>
    internal void BeginCount() => _mark++;

    /// <summary>How many of these cells have not been counted since <see cref="BeginCount"/>.</summary>
    internal int CountNew(ReadOnlySpan<int> cells)
    {
        int count = 0;
        foreach (int cell in cells)
        {
            if (_marks[cell] != _mark)
            {
                _marks[cell] = _mark;
                count++;
            }
        }

        return count;
    }
}
