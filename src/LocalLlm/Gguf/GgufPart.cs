namespace LocalLlm;

/// <summary>One file of a model; a model that is not split has one part.</summary>
public sealed class GgufPart
{
    internal GgufPart(string location, long? fileLength, string? etag, int version, long alignment, long headerLength, long dataOffset, int tensorCount)
    {
        Location = location;
        FileLength = fileLength;
        ETag = etag;
        Version = version;
        Alignment = alignment;
        HeaderLength = headerLength;
        DataOffset = dataOffset;
        TensorCount = tensorCount;
    }

    /// <summary>Full path of the file, or its address without user information and query.</summary>
    public string Location { get; }

    /// <summary>Bytes of the file; null when a server does not tell.</summary>
    public long? FileLength { get; }

    /// <summary>The server's version tag, quotes and all; null for local files and where the server sent none.</summary>
    public string? ETag { get; }

    /// <summary>Version of the format: 2 or 3.</summary>
    public int Version { get; }

    /// <summary>Bytes that tensors are aligned to, a power of two.</summary>
    public long Alignment { get; }

    /// <summary>Bytes of the header: metadata and tensor entries, without the padding behind them.</summary>
    public long HeaderLength { get; }

    /// <summary>Where in the file the tensors' data begin, in bytes.</summary>
    public long DataOffset { get; }

    /// <summary>Number of tensors in this part.</summary>
    public int TensorCount { get; }
}
