using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using LocalLlm.Gguf;

namespace LocalLlm.Tests.Gguf;

/// <summary>What is done to a file.</summary>
internal enum MutationKind
{
    FlipBit,
    SetByte,
    SetUInt32,
    SetUInt64,
    AddToUInt64,
    Truncate,
    Insert,
    Delete,
    CopyOver,
    Splice,
}

/// <summary>One change of a file's bytes. Places are scaled to the file, half of them onto the fields of its header.</summary>
internal sealed record Mutation(MutationKind Kind, int At, int From, int Length, int Value)
{
    private static readonly ulong[] Interesting =
    [
        0, 1, 2, 3, 4, 7, 8, 9, 12, 13, 31, 32, 33, 63, 64, 65, 255, 256, 4096, 65535, 65536, 1 << 20,
        int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, 1UL << 40, 1UL << 59, 1UL << 60, 1UL << 61, 1UL << 62,
        long.MaxValue - 31, long.MaxValue - 1, long.MaxValue, 1UL << 63, ulong.MaxValue - 31, ulong.MaxValue - 7, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    public static Gen<Mutation> Cases { get; } =
        from kind in Gen.Elements(Enum.GetValues<MutationKind>())
        from at in Gen.Choose(0, int.MaxValue)
        from origin in Gen.Choose(0, int.MaxValue)
        from length in Gen.Choose(1, 64)
        from value in Gen.Choose(0, int.MaxValue)
        select new Mutation(kind, at, origin, length, value);

    public byte[] Apply(byte[] bytes, int[] fields, byte[] other)
    {
        if (bytes.Length < 16)
        {
            return bytes;
        }

        int at = At % 2 == 0 ? fields[At / 2 % fields.Length] % bytes.Length : At / 2 % bytes.Length;
        int length = Math.Min(Length, bytes.Length - at);
        int from = From % (bytes.Length - length + 1);
        ulong interesting = Interesting[Value % Interesting.Length];
        switch (Kind)
        {
            case MutationKind.FlipBit:
                bytes[at] ^= (byte)(1 << (Value % 8));
                return bytes;
            case MutationKind.SetByte:
                bytes[at] = (byte)Value;
                return bytes;
            case MutationKind.SetUInt32:
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(Math.Min(at, bytes.Length - 4)), (uint)interesting);
                return bytes;
            case MutationKind.SetUInt64:
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(Math.Min(at, bytes.Length - 8)), interesting);
                return bytes;
            case MutationKind.AddToUInt64:
                Span<byte> field = bytes.AsSpan(Math.Min(at, bytes.Length - 8));
                ulong old = BinaryPrimitives.ReadUInt64LittleEndian(field);
                BinaryPrimitives.WriteUInt64LittleEndian(field, unchecked(old + (ulong)(Value % 9) - 4));
                return bytes;
            case MutationKind.Truncate:
                return bytes[..at];
            case MutationKind.Insert:
                return [.. bytes[..at], .. bytes[from..(from + length)], .. bytes[at..]];
            case MutationKind.Delete:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case MutationKind.CopyOver:
                bytes.AsSpan(from, length).CopyTo(bytes.AsSpan(at));
                return bytes;
            default:
                int border = Math.Min(from, other.Length);
                return [.. bytes[..at], .. other[border..]];
        }
    }

    /// <summary>Where the fields of a good file's header begin.</summary>
    public static int[] Fields(byte[] bytes)
    {
        using GgufFile file = SampleModel.Open(bytes);
        PartHeader part = file.PartHeaders[0];
        List<int> fields = [0, 4, 8, 16];
        foreach (KeyValueEntry entry in part.KeyValues.AsSpan(0, part.KeyValueCount))
        {
            fields.AddRange([entry.Start, entry.KeyOffset, entry.ValueOffset - 4, entry.ValueOffset, entry.ValueOffset + 4, entry.ElementsOffset]);
        }

        foreach (TensorEntry entry in part.Tensors)
        {
            fields.AddRange([entry.Start, entry.NameOffset, entry.ShapeOffset - 4, entry.ShapeOffset, entry.ShapeOffset + 8, entry.TypeOffset, entry.OffsetOffset]);
        }

        return [.. fields];
    }
}
