using System.Buffers.Binary;

namespace LocalLlm.Gguf;

/// <summary>Steps through an array of strings in place.</summary>
internal ref struct Utf8StringReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _left;
    private int _position;

    /// <param name="entry">An array of strings.</param>
    /// <param name="header">The leased header.</param>
    public Utf8StringReader(in KeyValueEntry entry, ReadOnlySpan<byte> header)
        : this(header[entry.ElementsOffset..], entry.Count)
    {
    }

    /// <param name="elements">Bytes from the first element's length on.</param>
    /// <param name="count">Number of elements.</param>
    public Utf8StringReader(ReadOnlySpan<byte> elements, int count)
    {
        _bytes = elements;
        _left = count;
    }

    /// <summary>The bytes of the string stepped to.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>Bytes stepped over.</summary>
    public readonly int Position => _position;

    /// <summary>Steps to the next string; false behind the last.</summary>
    public bool MoveNext()
    {
        if (_left == 0)
        {
            return false;
        }

        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(_bytes[_position..]);
        Current = _bytes.Slice(_position + sizeof(ulong), length);
        _position += sizeof(ulong) + length;
        _left--;
        return true;
    }
}
