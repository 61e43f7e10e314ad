namespace LocalLlm.Gguf;

/// <summary>Where one metadata entry lies in the header. Offsets are from the start of the file.</summary>
internal struct KeyValueEntry
{
    /// <summary>First byte of the entry: the length of its key.</summary>
    public int Start;

    /// <summary>Bytes of the key, which begin at Start + 8.</summary>
    public int KeyLength;

    /// <summary>First byte of the value: of a string its length, of an array its element type.</summary>
    public int ValueOffset;

    /// <summary>First byte after the value.</summary>
    public int End;

    /// <summary>Number of elements of an array; 1 for all others.</summary>
    public int Count;

    /// <summary>Type of the value.</summary>
    public GgufValueType Type;

    /// <summary>Type of an array's elements; for all others the type itself.</summary>
    public GgufValueType ElementType;

    public readonly int KeyOffset => Start + sizeof(ulong);

    public readonly bool IsArray => Type == GgufValueType.Array;

    /// <summary>First byte of the elements: for an array after its element type and count.</summary>
    public readonly int ElementsOffset => IsArray ? ValueOffset + sizeof(uint) + sizeof(ulong) : ValueOffset;

    public readonly ReadOnlySpan<byte> Key(ReadOnlySpan<byte> header) => header.Slice(KeyOffset, KeyLength);
}
