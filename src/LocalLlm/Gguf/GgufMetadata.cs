using System.Text;
using LocalLlm.Gguf;

namespace LocalLlm;

/// <summary>
/// The metadata of a GGUF file, in the order of the file; of a split model those of its first part. It reads from the
/// open file's header and hands out copies. Where a damaged file has a key twice, the first one is found. Safe for use
/// by several threads.
/// </summary>
public sealed partial class GgufMetadata
{
    private readonly PartHeader _part;
    private string[]? _keys;

    internal GgufMetadata(PartHeader part) => _part = part;

    /// <summary>Number of entries.</summary>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public int Count
    {
        get
        {
            using HeaderLease lease = _part.Buffer.Acquire();
            return _part.KeyValueCount;
        }
    }

    /// <summary>The keys, in the order of the file.</summary>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public IReadOnlyList<string> Keys
    {
        get
        {
            using HeaderLease lease = _part.Buffer.Acquire();
            return Array.AsReadOnly(_keys ??= ReadKeys(lease.Bytes));
        }
    }

    /// <summary>Whether there is a value under the key.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool ContainsKey(string key) => TryGetEntry(key, out _);

    /// <summary>The type of a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="type">The type.</param>
    /// <returns>False when the key is missing.</returns>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetValueType(string key, out GgufValueType type)
    {
        bool found = TryGetEntry(key, out KeyValueEntry entry);
        type = entry.Type;
        return found;
    }

    /// <summary>The type and number of an array's elements, without reading them.</summary>
    /// <param name="key">The key.</param>
    /// <param name="elementType">Type of the elements.</param>
    /// <param name="length">Number of elements.</param>
    /// <returns>False when the key is missing or no array.</returns>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetArrayInfo(string key, out GgufValueType elementType, out int length)
    {
        bool found = TryGetEntry(key, out KeyValueEntry entry) && entry.IsArray;
        elementType = found ? entry.ElementType : default;
        length = found ? entry.Count : 0;
        return found;
    }

    /// <summary>An integer of any of the eight integer types.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <returns>False when the key is missing, no integer, or beyond <see cref="long.MaxValue"/>.</returns>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetInteger(string key, out long value)
    {
        using HeaderLease lease = _part.Buffer.Acquire();
        value = 0;
        return TryFind(key, lease.Bytes, out KeyValueEntry entry) && Scalars.TryReadInteger(entry, lease.Bytes, out value);
    }

    /// <summary>A number of any of the ten integer and floating-point types.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, rounded where a double can't hold it.</param>
    /// <returns>False when the key is missing or no number.</returns>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetNumber(string key, out double value)
    {
        using HeaderLease lease = _part.Buffer.Acquire();
        value = 0;
        if (!TryFind(key, lease.Bytes, out KeyValueEntry entry))
        {
            return false;
        }

        switch (entry.Type)
        {
            case GgufValueType.Float32:
                value = Scalars.Read<float>(entry, lease.Bytes);
                return true;
            case GgufValueType.Float64:
                value = Scalars.Read<double>(entry, lease.Bytes);
                return true;
            case GgufValueType.UInt64:
                value = Scalars.Read<ulong>(entry, lease.Bytes);
                return true;
            default:
                bool found = Scalars.TryReadInteger(entry, lease.Bytes, out long integer);
                value = integer;
                return found;
        }
    }

    /// <summary>
    /// The value under a key as an object: a number, bool or string of its own type; an array as an array of that type
    /// (<c>float[]</c>, <c>string[]</c>, …); an array of arrays as <c>object[]</c> of such arrays.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufFormatException">The key is missing.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public object GetValue(string key)
    {
        using HeaderLease lease = _part.Buffer.Acquire();
        return TryFind(key, lease.Bytes, out KeyValueEntry entry)
            ? BoxedValues.Read(entry, lease.Bytes)
            : throw new GgufFormatException($"{_part.Source.Location} has no metadata key '{key}'.", null, key);
    }

    /// <summary>The part that the metadata stand in.</summary>
    internal PartHeader Part => _part;

    /// <summary>Where the first entry of a key lies.</summary>
    internal bool TryGetEntry(string key, out KeyValueEntry entry)
    {
        using HeaderLease lease = _part.Buffer.Acquire();
        return TryFind(key, lease.Bytes, out entry);
    }

    /// <summary>Where a key's value lies, in bytes from the start of the file; null when there is none.</summary>
    internal long? OffsetOf(string key) => TryGetEntry(key, out KeyValueEntry entry) ? entry.ValueOffset : null;

    private bool TryFind(string key, ReadOnlySpan<byte> header, out KeyValueEntry entry)
    {
        ArgumentNullException.ThrowIfNull(key);
        int most = Encoding.UTF8.GetMaxByteCount(key.Length);
        Span<byte> bytes = most <= 512 ? stackalloc byte[512] : new byte[most];
        int length = Encoding.UTF8.GetBytes(key, bytes);
        return _part.TryFindKey(bytes[..length], header, out entry);
    }

    private string[] ReadKeys(ReadOnlySpan<byte> header)
    {
        string[] keys = new string[_part.KeyValueCount];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = Encoding.UTF8.GetString(_part.KeyValues[i].Key(header));
        }

        return keys;
    }

    private GgufFormatException Missing(string key, GgufValueType expected)
    {
        bool found = TryGetEntry(key, out KeyValueEntry entry);
        string fault = found
            ? $"is {GgufValueTypes.Describe(entry)}, not {GgufValueTypes.Name(expected)}"
            : "is missing";
        return new GgufFormatException(
            $"{_part.Source.Location}: metadata key '{key}' {fault}.", found ? entry.ValueOffset : null, key);
    }
}
