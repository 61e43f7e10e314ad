using System.Buffers.Binary;
using System.Text;

namespace LocalLlm.Gguf;

/// <content>Metadata entries.</content>
internal sealed partial class HeaderParser
{
    private bool ReadKeyValues(ReadOnlySpan<byte> header)
    {
        while ((ulong)_keyValueCount < _keyValueTotal)
        {
            KeyValueEntry entry = default;
            if (!ReadKeyValue(header, ref entry))
            {
                return false;
            }

            Append(ref _keyValues, ref _keyValueCount, entry, _keyValueTotal);
            _position = entry.End;
            _stringsDone = 0;
        }

        return true;
    }

    private bool ReadKeyValue(ReadOnlySpan<byte> header, ref KeyValueEntry entry)
    {
        int position = _position;
        entry.Start = position;
        if (!ReadNameLength(header, ref position, "metadata key", out entry.KeyLength)
            || !Has(header, (long)position + sizeof(uint), "value type"))
        {
            return false;
        }

        entry.Type = ReadType(header, position, entry);
        entry.ElementType = entry.Type;
        entry.Count = 1;
        position += sizeof(uint);
        entry.ValueOffset = position;
        if (entry.Type != GgufValueType.Array)
        {
            return SkipScalar(header, ref position, entry) && Finish(ref entry, position);
        }

        if (!Has(header, (long)position + sizeof(uint) + sizeof(ulong), "array"))
        {
            return false;
        }

        entry.ElementType = ReadType(header, position, entry);
        return SkipArray(header, ref position, entry, depth: 1, out entry.Count) && Finish(ref entry, position);
    }

    private static bool Finish(ref KeyValueEntry entry, int position)
    {
        entry.End = position;
        return true;
    }

    /// <summary>Steps over one value that is not an array.</summary>
    private bool SkipScalar(ReadOnlySpan<byte> header, ref int position, in KeyValueEntry entry)
    {
        if (entry.Type != GgufValueType.String)
        {
            int size = GgufValueTypes.Size(entry.Type);
            if (!Has(header, (long)position + size, "value"))
            {
                return false;
            }

            position += size;
            return true;
        }

        if (!Has(header, (long)position + sizeof(ulong), "string length"))
        {
            return false;
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(header[position..]);
        CheckLength(length, position, header, entry);
        if (!Has(header, position + sizeof(ulong) + (long)length, "string"))
        {
            return false;
        }

        position += sizeof(ulong) + (int)length;
        return true;
    }

    /// <summary>Steps over an array that begins with its element type at <paramref name="position"/>.</summary>
    private bool SkipArray(ReadOnlySpan<byte> header, ref int position, in KeyValueEntry entry, int depth, out int count)
    {
        count = 0;
        if (!Has(header, (long)position + sizeof(uint) + sizeof(ulong), "array"))
        {
            return false;
        }

        GgufValueType elementType = ReadType(header, position, entry);
        ulong total = BinaryPrimitives.ReadUInt64LittleEndian(header[(position + sizeof(uint))..]);
        int elements = position + sizeof(uint) + sizeof(ulong);
        int size = GgufValueTypes.MinSize(elementType);
        CheckCount(total, size, position + sizeof(uint), elements, KeyText(header, entry));
        count = (int)total;
        switch (elementType)
        {
            case GgufValueType.String:
                return SkipStrings(header, ref position, elements, count, entry, depth);
            case GgufValueType.Array:
                return SkipNested(header, ref position, elements, count, entry, depth);
            default:
                long end = elements + ((long)count * size);
                position = (int)end;
                return Has(header, end, "array");
        }
    }

    private bool SkipStrings(ReadOnlySpan<byte> header, ref int position, int elements, int count, in KeyValueEntry entry, int depth)
    {
        // A long vocabulary is walked once however often more bytes are fetched: the outermost array resumes.
        bool resume = depth == 1 && _stringsDone > 0;
        int at = resume ? _stringsPosition : elements;
        int done = resume ? _stringsDone : 0;
        while (done < count)
        {
            if (at > header.Length - sizeof(ulong))
            {
                if (depth == 1)
                {
                    _stringsDone = done;
                    _stringsPosition = at;
                }

                return Has(header, at + ((long)(count - done) * sizeof(ulong)), "array of strings");
            }

            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(header[at..]);
            if (length > (ulong)(header.Length - sizeof(ulong) - at))
            {
                CheckLength(length, at, header, entry);
            }

            at += sizeof(ulong) + (int)length;
            done++;
        }

        if (depth == 1)
        {
            _stringsDone = done;
            _stringsPosition = at;
        }

        position = at;
        return Has(header, at, "array of strings");
    }

    private bool SkipNested(ReadOnlySpan<byte> header, ref int position, int elements, int count, in KeyValueEntry entry, int depth)
    {
        if (depth == GgufLimits.MaxArrayDepth)
        {
            throw Fault($"nests arrays more than {GgufLimits.MaxArrayDepth} deep in '{KeyText(header, entry)}'", position, KeyText(header, entry));
        }

        int at = elements;
        for (int i = 0; i < count; i++)
        {
            if (!SkipArray(header, ref at, entry, depth + 1, out _))
            {
                return false;
            }
        }

        position = at;
        return true;
    }

    private GgufValueType ReadType(ReadOnlySpan<byte> header, int position, in KeyValueEntry entry)
    {
        uint type = BinaryPrimitives.ReadUInt32LittleEndian(header[position..]);
        return type <= (uint)GgufValueType.Float64
            ? (GgufValueType)type
            : throw Fault($"gives '{KeyText(header, entry)}' the value type {type}, which does not exist", position, KeyText(header, entry));
    }

    private void CheckLength(ulong length, int position, ReadOnlySpan<byte> header, in KeyValueEntry entry)
    {
        if (length > (ulong)Math.Max(0, _fileLength - position - sizeof(ulong)))
        {
            string key = KeyText(header, entry);
            throw Fault($"has a string of {length} bytes in '{key}', longer than the rest of the file", position, key);
        }

        if (length > (ulong)Math.Max(0, _limit - position - sizeof(ulong)))
        {
            string key = KeyText(header, entry);
            throw Fault($"has a string of {length} bytes in '{key}': a header of more than the limit of {_limit} bytes", position, key);
        }
    }

    private static string KeyText(ReadOnlySpan<byte> header, in KeyValueEntry entry)
    {
        ReadOnlySpan<byte> key = entry.Key(header);
        return Encoding.UTF8.GetString(key.Length > 128 ? key[..128] : key);
    }
}
