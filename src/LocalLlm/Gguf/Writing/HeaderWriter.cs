using System.Buffers;
using System.Buffers.Binary;

namespace LocalLlm.Gguf;

/// <summary>Writes a header, small pieces gathered.</summary>
internal sealed class HeaderWriter(Stream stream)
{
    private const int GatherBytes = 32 * 1024;

    private readonly ArrayBufferWriter<byte> _gathered = new(GatherBytes);

    /// <summary>A header of one file in memory.</summary>
    public static byte[] Bytes(GgufMetadataBuilder metadata, List<TensorPlan> tensors)
    {
        using MemoryStream stream = new();
        new HeaderWriter(stream).Write(new GgufWriterOptions().Version, PartPlan.Create(metadata, tensors, split: null)[0]);
        return stream.ToArray();
    }

    /// <summary>Bytes written.</summary>
    public long Position { get; private set; }

    /// <summary>Writes a whole header, padding included.</summary>
    public void Write(int version, PartPlan part)
    {
        WriteStart(version, part.Tensors.Count, part.Metadata);
        foreach (TensorPlan tensor in part.Tensors)
        {
            WriteTensor(tensor);
        }

        Finish(part.Tensors.Count > 0 || part.IsSplit, part.Alignment);
    }

    /// <summary>Writes everything before the tensors' entries.</summary>
    public void WriteStart(int version, int tensorCount, GgufMetadataBuilder metadata)
    {
        WriteBytes("GGUF"u8);
        WriteUInt32((uint)version);
        WriteUInt64((ulong)tensorCount);
        WriteUInt64((ulong)metadata.Count);
        foreach (GgufMetadataBuilder.Entry entry in metadata.Entries)
        {
            WriteUInt64((ulong)entry.Key.Length);
            WriteBytes(entry.Key);
            WriteBytes(entry.Value);
        }
    }

    /// <summary>Ends the header, padded to where data may begin; a file without tensors needs no padding.</summary>
    public void Finish(bool pad, long alignment)
    {
        if (pad)
        {
            WriteZeros(PartHeader.AlignUp(Position, alignment) - Position);
        }

        Flush();
    }

    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        if (_gathered.WrittenCount + bytes.Length > GatherBytes)
        {
            Flush();
        }

        if (bytes.Length >= GatherBytes)
        {
            stream.Write(bytes);
        }
        else
        {
            _gathered.Write(bytes);
        }

        Position += bytes.Length;
    }

    private void WriteTensor(TensorPlan tensor)
    {
        WriteUInt64((ulong)tensor.NameBytes.Length);
        WriteBytes(tensor.NameBytes);
        WriteUInt32((uint)tensor.Shape.Length);
        foreach (long dimension in tensor.Shape)
        {
            WriteUInt64((ulong)dimension);
        }

        WriteUInt32((uint)tensor.Type);
        WriteUInt64((ulong)tensor.Offset);
    }

    private void WriteUInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        WriteBytes(bytes);
    }

    private void WriteUInt64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        WriteBytes(bytes);
    }

    private void WriteZeros(long count)
    {
        Span<byte> zeros = stackalloc byte[512];
        zeros.Clear();
        for (; count > 0; count -= zeros.Length)
        {
            WriteBytes(zeros[..(int)Math.Min(count, zeros.Length)]);
        }
    }

    private void Flush()
    {
        stream.Write(_gathered.WrittenSpan);
        _gathered.Clear();
    }
}
