using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace LocalLlm.Gguf.Rules;

/// <summary>
/// Reads metadata keys as llama.cpp's loader does: a value must be of exactly the wanted type. What does not fit is
/// refused under the key's name. Keys of the architecture are named without its prefix ("block_count").
/// </summary>
internal readonly ref struct KeyReader
{
    private readonly PartHeader _part;
    private readonly ReadOnlySpan<byte> _header;
    private readonly ReadOnlySpan<byte> _architecture;
    private readonly FindingList _findings;

    public KeyReader(PartHeader part, ReadOnlySpan<byte> header, ReadOnlySpan<byte> architecture, FindingList findings)
    {
        _part = part;
        _header = header;
        _architecture = architecture;
        _findings = findings;
    }

    /// <summary>Name of the architecture.</summary>
    public ReadOnlySpan<byte> Architecture => _architecture;

    public ReadOnlySpan<byte> Header => _header;

    public FindingList Findings => _findings;

    /// <summary>The full name of a key, as it stands in the file.</summary>
    public string FullName(string key) =>
        IsShared(key) ? key : $"{Encoding.UTF8.GetString(_architecture)}.{key}";

    public bool TryFind(string key, out KeyValueEntry entry)
    {
        Span<byte> buffer = stackalloc byte[256];
        int length = 0;
        if (!IsShared(key))
        {
            _architecture.CopyTo(buffer);
            buffer[_architecture.Length] = (byte)'.';
            length = _architecture.Length + 1;
        }

        length += Encoding.ASCII.GetBytes(key, buffer[length..]);
        return _part.TryFindKey(buffer[..length], _header, out entry);
    }

    public bool Has(string key) => TryFind(key, out _);

    /// <summary>Where the value of a key stands; null where there is none.</summary>
    public long? OffsetOf(string key) => TryFind(key, out KeyValueEntry entry) ? entry.ValueOffset : null;

    /// <summary>Refuses the file for a key.</summary>
    public void Refuse(string code, string key, string message) =>
        _findings.Refuse(code, FullName(key), OffsetOf(key), message);

    public void Warn(string code, string key, string message) =>
        _findings.Warn(code, FullName(key), OffsetOf(key), message);

    /// <summary>Reads a 32-bit unsigned number; false where it is missing or refused.</summary>
    public bool TryReadUInt32(string key, bool required, out long value)
    {
        bool ok = TryReadScalar(key, GgufValueType.UInt32, required, out KeyValueEntry entry);
        value = ok ? Scalars.Read<uint>(entry, _header) : 0;
        return ok;
    }

    public long ReadUInt32(string key, long fallback = 0, bool required = false) =>
        TryReadUInt32(key, required, out long value) ? value : fallback;

    public float ReadFloat32(string key, float fallback = 0, bool required = false) =>
        TryReadScalar(key, GgufValueType.Float32, required, out KeyValueEntry entry) ? Scalars.Read<float>(entry, _header) : fallback;

    public bool? ReadBoolean(string key, bool required = false) =>
        TryReadScalar(key, GgufValueType.Boolean, required, out KeyValueEntry entry) ? Scalars.Read<byte>(entry, _header) != 0 : null;

    /// <summary>The bytes of a text up to a zero, where C++ ends it; empty where it is missing or refused.</summary>
    public ReadOnlySpan<byte> ReadString(string key, bool required = false) =>
        TryReadScalar(key, GgufValueType.String, required, out KeyValueEntry entry) ? UpToZero(_header[(entry.ValueOffset + sizeof(ulong))..entry.End]) : default;

    /// <summary>An epsilon: ggml ends the process on a negative one.</summary>
    public void ReadEpsilon(string key, bool required)
    {
        float value = ReadFloat32(key, 0, required);
        if (!(value >= 0))
        {
            Refuse("value-out-of-range", key, $"'{FullName(key)}' is {value}: it must be 0 or more.");
        }
    }

    /// <summary>
    /// get_key_or_arr: one number for all, or an array of exactly <paramref name="count"/>. Returns null where the key
    /// is missing or refused.
    /// </summary>
    public long[]? ReadPerLayer(string key, int count, bool required)
    {
        if (!TryFind(key, out KeyValueEntry entry))
        {
            CheckMissing(key, required);
            return null;
        }

        if (!entry.IsArray)
        {
            if (!TryReadUInt32(key, required, out long one))
            {
                return null;
            }

            long[] same = new long[count];
            Array.Fill(same, one);
            return same;
        }

        if (entry.Count != count)
        {
            Refuse("array-length", key, $"'{FullName(key)}' has {entry.Count} elements; the model needs {count}.");
            return null;
        }

        long[] values = new long[count];
        return ReadIntegers(key, entry, values) ? values : null;
    }

    /// <summary>get_key_or_arr of f32, which must be there.</summary>
    public void ReadFloatsPerLayer(string key, int count)
    {
        if (!TryFind(key, out KeyValueEntry entry) || !entry.IsArray)
        {
            ReadFloat32(key, 0, required: true);
        }
        else if (entry.ElementType != GgufValueType.Float32)
        {
            Refuse("wrong-type", key, $"'{FullName(key)}' is {GgufValueTypes.Describe(entry)}, not arr[f32].");
        }
        else if (entry.Count != count)
        {
            Refuse("array-length", key, $"'{FullName(key)}' has {entry.Count} elements; the model needs {count}.");
        }
    }

    /// <summary>get_arr: the elements of an array of whole numbers or truth values, of any length up to the room in <paramref name="values"/>. Returns how many, −1 where it is missing, no array or refused.</summary>
    public int ReadArray(string key, Span<long> values, bool required)
    {
        if (!TryFind(key, out KeyValueEntry entry) || !entry.IsArray)
        {
            CheckMissing(key, required);
            return -1;
        }

        if (entry.Count > values.Length)
        {
            Refuse("array-length", key, $"'{FullName(key)}' has {entry.Count} elements; the most is {values.Length}.");
            return -1;
        }

        return ReadIntegers(key, entry, values[..entry.Count]) ? entry.Count : -1;
    }

    /// <summary>Text up to the first zero byte.</summary>
    public static ReadOnlySpan<byte> UpToZero(ReadOnlySpan<byte> text)
    {
        int zero = text.IndexOf((byte)0);
        return zero < 0 ? text : text[..zero];
    }

    private static bool IsShared(string key) =>
        key.StartsWith("tokenizer.", StringComparison.Ordinal)
        || key.StartsWith("general.", StringComparison.Ordinal)
        || key.StartsWith("split.", StringComparison.Ordinal)
        || key.StartsWith("xielu.", StringComparison.Ordinal);

    private bool ReadIntegers(string key, in KeyValueEntry entry, Span<long> values)
    {
        ReadOnlySpan<byte> elements = _header[entry.ElementsOffset..entry.End];
        switch (entry.ElementType)
        {
            case GgufValueType.UInt32 or GgufValueType.Int32:
                // An Int32 array is read as unsigned: −1 becomes 4294967295.
                ReadOnlySpan<uint> numbers = MemoryMarshal.Cast<byte, uint>(elements);
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = BitConverter.IsLittleEndian ? numbers[i] : BinaryPrimitives.ReverseEndianness(numbers[i]);
                }

                return true;

            case GgufValueType.Boolean:
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = elements[i] != 0 ? 1 : 0;
                }

                return true;

            default:
                Refuse("wrong-type", key, $"'{FullName(key)}' is {GgufValueTypes.Describe(entry)}; its elements must be u32, i32 or bool.");
                return false;
        }
    }

    private bool TryReadScalar(string key, GgufValueType type, bool required, out KeyValueEntry entry)
    {
        if (!TryFind(key, out entry))
        {
            CheckMissing(key, required);
            return false;
        }

        if (entry.Type != type)
        {
            Refuse("wrong-type", key, $"'{FullName(key)}' is {GgufValueTypes.Describe(entry)}, not {GgufValueTypes.Name(type)}.");
            return false;
        }

        return true;
    }

    private void CheckMissing(string key, bool required)
    {
        if (required)
        {
            Refuse("missing-key", key, $"The metadata key '{FullName(key)}' is missing.");
        }
    }
}
