using System.Text.Unicode;

namespace LocalLlm.Gguf;

/// <summary>Checks of the tensors' entries that hold for every model. They cover all that llama.cpp's own reader refuses, and what it fails to see.</summary>
internal static class TensorChecks
{
    public static void Check(PartHeader part, ReadOnlySpan<byte> header, FindingList findings)
    {
        long? fileLength = part.Source.Length;
        if (fileLength is null)
        {
            findings.Warn("size-unknown", "file", null, "The server does not tell the file's size: whether the tensors lie within it was not checked.");
        }

        foreach (int index in part.DuplicateTensors.TakeWhile(_ => findings.HasRoom))
        {
            ref readonly TensorEntry entry = ref part.TensorEntries[index];
            string name = MetadataChecks.Text(entry.Name(header));
            findings.Refuse("duplicate-tensor", name, entry.Start, $"The tensor '{name}' stands twice in the file.");
        }

        if (part.TensorCount == 0)
        {
            return;
        }

        if (part.DataOffset > fileLength)
        {
            findings.Refuse("no-data", "tensor data", part.HeaderEnd, $"The file ends at byte {fileLength}, before the tensors' data, which begin at {part.DataOffset}.");
        }

        UInt128 expected = 0;
        for (int i = 0; i < part.TensorCount && findings.HasRoom; i++)
        {
            ref readonly TensorEntry entry = ref part.TensorEntries[i];
            string name = MetadataChecks.Text(entry.Name(header));
            CheckName(entry, name, header, findings);
            if (CheckShapeAndType(entry, name, findings))
            {
                CheckPlace(entry, name, part, expected, fileLength, findings);
                expected = AlignUp(entry.Offset + (UInt128)(ulong)entry.ByteLength, part.Alignment);
            }
            else
            {
                // Where the next one belongs is unknown: take its own word for it.
                expected = UInt128.MaxValue;
            }
        }

        if (expected < long.MaxValue && fileLength > part.DataOffset + (long)expected)
        {
            long end = part.DataOffset + (long)expected;
            findings.Warn("trailing-bytes", "file", end, $"{fileLength - end} bytes follow the last tensor's data.");
        }
    }

    private static void CheckName(in TensorEntry entry, string name, ReadOnlySpan<byte> header, FindingList findings)
    {
        if (entry.NameLength == 0)
        {
            findings.Refuse("empty-tensor-name", "tensor name", entry.Start, "A tensor has no name.");
        }
        else if (entry.NameLength > GgufLimits.MaxTensorNameBytes)
        {
            findings.Refuse("tensor-name-too-long", name, entry.Start, $"A tensor's name has {entry.NameLength} bytes; the most is {GgufLimits.MaxTensorNameBytes}.");
        }
        else if (entry.Name(header).Contains((byte)0))
        {
            findings.Refuse("zero-in-tensor-name", name, entry.NameOffset, "A tensor's name contains a zero byte.");
        }
        else if (!Utf8.IsValid(entry.Name(header)))
        {
            findings.Refuse("tensor-name-not-utf8", name, entry.NameOffset, "A tensor's name is not UTF-8.");
        }
    }

    /// <summary>True when the tensor's size in bytes is known.</summary>
    private static bool CheckShapeAndType(in TensorEntry entry, string name, FindingList findings)
    {
        ReadOnlySpan<long> shape = entry.Shape;
        if (shape.ContainsAnyInRange(long.MinValue, -1))
        {
            findings.Refuse("negative-dimension", name, entry.ShapeOffset, $"The tensor '{name}' has a negative dimension: {Shape(entry)}.");
            return false;
        }

        if (entry.ElementCount < 0)
        {
            findings.Refuse("too-many-elements", name, entry.ShapeOffset, $"The tensor '{name}' has more elements than a 64-bit number counts: {Shape(entry)}.");
            return false;
        }

        if (entry.ElementCount == 0)
        {
            findings.Refuse("empty-tensor", name, entry.ShapeOffset, $"The tensor '{name}' has no elements: {Shape(entry)}.");
        }

        if (!GgmlTypeTraits.TryGet(entry.Type, out GgmlTypeTraits traits))
        {
            findings.Refuse("unknown-tensor-type", name, entry.TypeOffset, $"The tensor '{name}' has the type {entry.Type}, which the pinned llama.cpp release does not know.");
            return false;
        }

        if (entry.Shape[0] % traits.BlockSize != 0)
        {
            findings.Refuse("row-not-in-blocks", name, entry.ShapeOffset, $"The tensor '{name}' has rows of {entry.Shape[0]}, not a multiple of the {traits.BlockSize} of its type {traits.Name}.");
            return false;
        }

        if (entry.ByteLength < 0)
        {
            findings.Refuse("too-many-bytes", name, entry.ShapeOffset, $"The tensor '{name}' has more bytes than a 64-bit number counts: {Shape(entry)} of {traits.Name}.");
            return false;
        }

        return true;
    }

    private static void CheckPlace(in TensorEntry entry, string name, PartHeader part, UInt128 expected, long? fileLength, FindingList findings)
    {
        UInt128 start = entry.Offset + (UInt128)(ulong)part.DataOffset;
        UInt128 end = start + (ulong)entry.ByteLength;
        if (entry.Offset % (ulong)part.Alignment != 0)
        {
            findings.Refuse("tensor-not-aligned", name, entry.OffsetOffset, $"The tensor '{name}' begins at {entry.Offset}, not a multiple of the alignment {part.Alignment}.");
        }
        else if (expected != UInt128.MaxValue && entry.Offset < expected)
        {
            findings.Refuse("tensors-overlap", name, entry.OffsetOffset, $"The tensor '{name}' begins at {entry.Offset}, within the tensor before it, which takes up to {expected}.");
        }
        else if (expected != UInt128.MaxValue && entry.Offset > expected)
        {
            findings.Refuse("gap-before-tensor", name, entry.OffsetOffset, $"The tensor '{name}' begins at {entry.Offset}, but llama.cpp wants it right behind the one before it, at {expected}.");
        }
        else if (start % GgufLimits.NativeAlignment != 0)
        {
            findings.Refuse("tensor-not-mappable", name, entry.OffsetOffset, $"The tensor '{name}' begins at byte {start} of the file; ggml maps tensors only at multiples of {GgufLimits.NativeAlignment}.");
        }

        if (end > (UInt128)(ulong)(fileLength ?? long.MaxValue))
        {
            findings.Refuse("tensor-outside-file", name, entry.OffsetOffset, $"The tensor '{name}' ends at byte {end}, the file at {fileLength?.ToString() ?? "most at 2^63"}.");
        }
    }

    private static UInt128 AlignUp(UInt128 value, long alignment) => (value + (ulong)alignment - 1) & ~((UInt128)(ulong)alignment - 1);

    private static string Shape(in TensorEntry entry)
    {
        ReadOnlySpan<long> shape = entry.Shape;
        return $"[{string.Join(", ", shape[..entry.DimensionCount].ToArray())}]";
    }
}
