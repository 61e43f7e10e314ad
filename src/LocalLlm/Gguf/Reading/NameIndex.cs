using System.Numerics;

namespace LocalLlm.Gguf;

/// <summary>
/// Finds entries of one header by the bytes of their names. Hash codes are seeded per process, so a file can't be made
/// to collide. Entries that share a name are all added; the first one is found.
/// </summary>
internal sealed class NameIndex
{
    private readonly int[] _slots;
    private readonly Entry[] _entries;

    /// <summary>Makes an index of <paramref name="count"/> entries, numbered from 0.</summary>
    public NameIndex(int count)
    {
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, (long)count * 2))];
        _entries = new Entry[count];
    }

    /// <summary>The hash code that <see cref="Find(ReadOnlySpan{byte}, int, ReadOnlySpan{byte})"/> takes.</summary>
    public static int Hash(ReadOnlySpan<byte> name)
    {
        HashCode hash = default;
        hash.AddBytes(name);
        return hash.ToHashCode();
    }

    /// <summary>Adds entry <paramref name="index"/>, whose name lies in the header; returns the earlier entry of the same name, or −1.</summary>
    public int Add(int index, ReadOnlySpan<byte> header, int nameOffset, int nameLength)
    {
        ReadOnlySpan<byte> name = header.Slice(nameOffset, nameLength);
        int hash = Hash(name);
        _entries[index] = new Entry(hash, nameOffset, nameLength);
        int slot = Probe(name, hash, header);
        if (_slots[slot] == 0)
        {
            _slots[slot] = index + 1;
            return -1;
        }

        return _slots[slot] - 1;
    }

    /// <summary>Index of the first entry of that name, or −1.</summary>
    public int Find(ReadOnlySpan<byte> name, ReadOnlySpan<byte> header) => Find(name, Hash(name), header);

    /// <summary>Index of the first entry of that name, or −1.</summary>
    public int Find(ReadOnlySpan<byte> name, int hash, ReadOnlySpan<byte> header) => _slots[Probe(name, hash, header)] - 1;

    /// <summary>The slot that holds the name, or the free one where it belongs.</summary>
    private int Probe(ReadOnlySpan<byte> name, int hash, ReadOnlySpan<byte> header)
    {
        int mask = _slots.Length - 1;
        int slot = hash & mask;
        while (_slots[slot] != 0)
        {
            Entry entry = _entries[_slots[slot] - 1];
            if (entry.Hash == hash && header.Slice(entry.Offset, entry.Length).SequenceEqual(name))
            {
                break;
            }

            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private readonly record struct Entry(int Hash, int Offset, int Length);
}
