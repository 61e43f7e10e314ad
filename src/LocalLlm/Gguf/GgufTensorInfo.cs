using System.Collections.Immutable;

namespace LocalLlm;

/// <summary>What a file's header says about one tensor. A copy: it stays valid after the file is disposed.</summary>
public sealed class GgufTensorInfo
{
    internal GgufTensorInfo(string name, GgmlType type, ImmutableArray<long> shape, long elementCount, long byteLength, long offset, long fileOffset, int partIndex)
    {
        Name = name;
        Type = type;
        Shape = shape;
        ElementCount = elementCount;
        ByteLength = byteLength;
        Offset = offset;
        FileOffset = fileOffset;
        PartIndex = partIndex;
    }

    /// <summary>Name of the tensor, such as "blk.0.attn_q.weight".</summary>
    public string Name { get; }

    /// <summary>Type that the data are stored in. May be a number that <see cref="GgmlType"/> does not name; <see cref="GgufFile.Validate"/> then refuses the file.</summary>
    public GgmlType Type { get; }

    /// <summary>Sizes of the dimensions in ggml's order, the row length first. As written in the file: up to four, none for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Number of elements; −1 when the shape is impossible (the file is then refused).</summary>
    public long ElementCount { get; }

    /// <summary>Bytes of the data, without padding; −1 when type or shape are impossible (the file is then refused).</summary>
    public long ByteLength { get; }

    /// <summary>Where the data begin, in bytes from the start of the part's data section, as written in the file.</summary>
    public long Offset { get; }

    /// <summary>Where the data begin, in bytes from the start of the part's file.</summary>
    public long FileOffset { get; }

    /// <summary>Index into <see cref="GgufFile.Parts"/> of the file that holds the data.</summary>
    public int PartIndex { get; }

    /// <summary>Size of dimension <paramref name="index"/>; 1 for dimensions that are not written.</summary>
    /// <param name="index">0 to 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is not 0 to 3.</exception>
    public long Dimension(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Gguf.GgufLimits.MaxDimensions);
        return index < Shape.Length ? Shape[index] : 1;
    }

    /// <summary>Name, shape and type on one line.</summary>
    public override string ToString() => $"{Name} [{string.Join(", ", Shape)}] {Type.DisplayName()}";
}
