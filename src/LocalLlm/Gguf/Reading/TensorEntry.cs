namespace LocalLlm.Gguf;

/// <summary>One tensor's entry in the header.</summary>
internal struct TensorEntry
{
    /// <summary>First byte of the entry, from the start of the file: the length of the name.</summary>
    public int Start;

    /// <summary>Bytes of the name, which begin at Start + 8.</summary>
    public int NameLength;

    /// <summary>Number of dimensions as written, 0 to 4.</summary>
    public int DimensionCount;

    /// <summary>The type's number as written; may be unknown.</summary>
    public int Type;

    /// <summary>Sizes of the dimensions as written; those that are not written are 1. May be zero or negative in a damaged file.</summary>
    public Dimensions Shape;

    /// <summary>Offset in the data section as written.</summary>
    public ulong Offset;

    /// <summary>Bytes of the data; −1 where type or shape do not tell.</summary>
    public long ByteLength;

    /// <summary>Number of elements; −1 where the shape is impossible.</summary>
    public long ElementCount;

    public readonly int NameOffset => Start + sizeof(ulong);

    /// <summary>Where the shape's first dimension is written.</summary>
    public readonly int ShapeOffset => NameOffset + NameLength + sizeof(uint);

    /// <summary>Where the type is written.</summary>
    public readonly int TypeOffset => ShapeOffset + (DimensionCount * sizeof(long));

    /// <summary>Where the offset is written.</summary>
    public readonly int OffsetOffset => TypeOffset + sizeof(int);

    public readonly int End => OffsetOffset + sizeof(ulong);

    public readonly ReadOnlySpan<byte> Name(ReadOnlySpan<byte> header) => header.Slice(NameOffset, NameLength);

    [System.Runtime.CompilerServices.InlineArray(GgufLimits.MaxDimensions)]
    internal struct Dimensions
    {
        private long _first;
    }
}
