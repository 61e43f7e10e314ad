using System.Buffers.Binary;
using System.Text;

namespace LocalLlm.Gguf;

/// <summary>
/// Walks a header and notes where each entry lies; no name, string or array is ever copied. It works on as many bytes
/// as are there: <see cref="Advance"/> says how many it needs next, and goes on where it stopped. Every count and
/// length is checked against the size of the file before anything is allocated for it.
/// </summary>
internal sealed partial class HeaderParser
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

    private static void Append<T>(ref T[] array, ref int count, in T entry, ulong total)
    {
        if (count == array.Length)
        {
            // Grown with what was really read, so that a count alone allocates nothing.
            Array.Resize(ref array, (int)Math.Min(total, (ulong)Math.Max(64, count * 2L)));
        }

        array[count++] = entry;
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
