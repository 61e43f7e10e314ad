using System.Buffers.Binary;
using System.Text;

namespace LocalLlm.Gguf;

/// <summary>
/// Walks a header and notes where each entry lies; no name, string or array is ever copied. It works on as many bytes
/// as are there: <see cref="Advance"/> says how many it needs next, and goes on where it stopped. Every count and
/// length is checked against the size of the file before anything is allocated for it.
/// </summary>
internal sealed class HeaderParser
{
    private readonly string _location;
    private readonly long _fileLength;
    private readonly bool _fileLengthKnown;
    private readonly int _limit;

    private Stage _stage;
    private int _position;
    private long _needed;
    private ulong _keyValueTotal;
    private ulong _tensorTotal;
    private KeyValueEntry[] _keyValues = [];
    private int _keyValueCount;
    private TensorEntry[] _tensors = [];
    private int _tensorCount;
    private int _stringsDone;
    private int _stringsPosition;

    /// <param name="location">Path or address, for messages.</param>
    /// <param name="fileLength">Bytes of the file, or null when the server does not tell.</param>
    /// <param name="maxHeaderBytes">A longer header is refused.</param>
    public HeaderParser(string location, long? fileLength, int maxHeaderBytes)
    {
        _location = location;
        _fileLengthKnown = fileLength.HasValue;
        _fileLength = fileLength ?? long.MaxValue;
        _limit = Math.Min(maxHeaderBytes, GgufLimits.MaxHeaderBytes);
    }

    private enum Stage
    {
        Fixed,
        KeyValues,
        Tensors,
        Done,
    }

    public uint Version { get; private set; }

    /// <summary>First byte behind the last tensor entry.</summary>
    public int HeaderEnd => _position;

    public KeyValueEntry[] KeyValues => _keyValues;

    public int KeyValueCount => _keyValueCount;

    public TensorEntry[] Tensors => _tensors;

    public int TensorCount => _tensorCount;

    /// <summary>Goes on with the first bytes of the file; returns 0 when the header is complete, else how many bytes of the file are needed.</summary>
    /// <exception cref="GgufFormatException">The bytes are not a GGUF header.</exception>
    public long Advance(ReadOnlySpan<byte> header)
    {
        _needed = 0;
        if (_stage == Stage.Fixed && ReadFixed(header))
        {
            _stage = Stage.KeyValues;
        }

        if (_stage == Stage.KeyValues && ReadKeyValues(header))
        {
            _stage = Stage.Tensors;
        }

        if (_stage == Stage.Tensors && ReadTensors(header))
        {
            _stage = Stage.Done;
        }

        return _needed;
    }

    private bool ReadFixed(ReadOnlySpan<byte> header)
    {
        if (!Has(header, 4, "magic"))
        {
            return false;
        }

        if (!header[..4].SequenceEqual("GGUF"u8))
        {
            throw Fault("is not a GGUF file: it begins with " + Printable(header[..4]), 0, "magic");
        }

        if (!Has(header, 8, "version"))
        {
            return false;
        }

        Version = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        CheckVersion(Version);
        if (!Has(header, GgufLimits.FixedHeaderBytes, "counts"))
        {
            return false;
        }

        _tensorTotal = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        _keyValueTotal = BinaryPrimitives.ReadUInt64LittleEndian(header[16..]);
        CheckCount(_tensorTotal, GgufLimits.MinTensorBytes, 8, GgufLimits.FixedHeaderBytes, "tensor count");
        CheckCount(_keyValueTotal, GgufLimits.MinKeyValueBytes, 16, GgufLimits.FixedHeaderBytes, "metadata count");
        _position = GgufLimits.FixedHeaderBytes;
        return true;
    }

    private void CheckVersion(uint version)
    {
        switch (version)
        {
            case 2 or 3:
                return;
            case 1:
                throw Fault("is GGUF version 1, which nothing reads any more: convert the model again", 4, "version");
            case 0:
                throw Fault("has GGUF version 0, which does not exist", 4, "version");
            case var _ when (version & 0xFFFF) == 0:
                throw Fault("is a big-endian GGUF file: convert it to little-endian (gguf-py's gguf_convert_endian.py)", 4, "version");
            default:
                throw Fault($"has GGUF version {version}; versions 2 and 3 are supported", 4, "version");
        }
    }

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

    private bool ReadTensors(ReadOnlySpan<byte> header)
    {
        while ((ulong)_tensorCount < _tensorTotal)
        {
            TensorEntry entry = default;
            if (!ReadTensor(header, ref entry))
            {
                return false;
            }

            Append(ref _tensors, ref _tensorCount, entry, _tensorTotal);
            _position = entry.End;
        }

        return Has(header, _position, "header");
    }

    private bool ReadTensor(ReadOnlySpan<byte> header, ref TensorEntry entry)
    {
        int position = _position;
        entry.Start = position;
        if (!ReadNameLength(header, ref position, "tensor name", out entry.NameLength)
            || !Has(header, (long)position + sizeof(uint), "number of dimensions"))
        {
            return false;
        }

        uint dimensions = BinaryPrimitives.ReadUInt32LittleEndian(header[position..]);
        if (dimensions > GgufLimits.MaxDimensions)
        {
            string name = Encoding.UTF8.GetString(entry.Name(header));
            throw Fault($"gives tensor '{name}' {dimensions} dimensions; the most is {GgufLimits.MaxDimensions}", position, name);
        }

        entry.DimensionCount = (int)dimensions;
        if (!Has(header, entry.End, "tensor"))
        {
            return false;
        }

        for (int i = 0; i < GgufLimits.MaxDimensions; i++)
        {
            entry.Shape[i] = i < entry.DimensionCount
                ? BinaryPrimitives.ReadInt64LittleEndian(header[(entry.ShapeOffset + (i * sizeof(long)))..])
                : 1;
        }

        entry.Type = BinaryPrimitives.ReadInt32LittleEndian(header[entry.TypeOffset..]);
        entry.Offset = BinaryPrimitives.ReadUInt64LittleEndian(header[entry.OffsetOffset..]);
        TensorSize.Measure(ref entry);
        return true;
    }

    private bool ReadNameLength(ReadOnlySpan<byte> header, ref int position, string what, out int length)
    {
        length = 0;
        if (!Has(header, (long)position + sizeof(ulong), what))
        {
            return false;
        }

        ulong written = BinaryPrimitives.ReadUInt64LittleEndian(header[position..]);
        if (written > GgufLimits.MaxKeyBytes)
        {
            throw Fault($"has a {what} of {written} bytes; the most is {GgufLimits.MaxKeyBytes}", position, what);
        }

        length = (int)written;
        position += sizeof(ulong);
        if (!Has(header, (long)position + length, what))
        {
            return false;
        }

        position += length;
        return true;
    }

    private GgufValueType ReadType(ReadOnlySpan<byte> header, int position, in KeyValueEntry entry)
    {
        uint type = BinaryPrimitives.ReadUInt32LittleEndian(header[position..]);
        return type <= (uint)GgufValueType.Float64
            ? (GgufValueType)type
            : throw Fault($"gives '{KeyText(header, entry)}' the value type {type}, which does not exist", position, KeyText(header, entry));
    }

    /// <summary>True when the first <paramref name="end"/> bytes are there; else notes that they are needed.</summary>
    private bool Has(ReadOnlySpan<byte> header, long end, string what)
    {
        if (end <= header.Length)
        {
            return true;
        }

        if (end > _fileLength)
        {
            throw Fault($"ends within its header: {what} needs {end} bytes, the file has {_fileLength}", _position, what);
        }

        if (end > _limit)
        {
            throw Fault($"has a header of more than the limit of {_limit} bytes", _position, what);
        }

        _needed = end;
        return false;
    }

    private void CheckCount(ulong count, int minSize, int offset, int from, string field)
    {
        ulong room = (ulong)Math.Max(0, _fileLength - from);
        if (count > room / (ulong)minSize)
        {
            throw Fault($"claims {count} entries for {field}, more than the file has room for", offset, field);
        }

        if (count > (ulong)(_limit / minSize))
        {
            throw Fault($"claims {count} entries for {field}: a header of more than the limit of {_limit} bytes", offset, field);
        }
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

    private static void Append<T>(ref T[] array, ref int count, in T entry, ulong total)
    {
        if (count == array.Length)
        {
            // Grown with what was really read, so that a count alone allocates nothing.
            Array.Resize(ref array, (int)Math.Min(total, (ulong)Math.Max(64, count * 2L)));
        }

        array[count++] = entry;
    }

    private static string KeyText(ReadOnlySpan<byte> header, in KeyValueEntry entry)
    {
        ReadOnlySpan<byte> key = entry.Key(header);
        return Encoding.UTF8.GetString(key.Length > 128 ? key[..128] : key);
    }

    private static string Printable(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new();
        foreach (byte b in bytes)
        {
            text.Append(b is >= 0x20 and < 0x7F ? (char)b : '?');
        }

        return $"'{text}' ({Convert.ToHexString(bytes)})";
    }

    private GgufFormatException Fault(string what, long offset, string field) =>
        new($"{_location} {what}.{(_fileLengthKnown ? string.Empty : " (The server does not tell the file's size.)")}", offset, field);
}
