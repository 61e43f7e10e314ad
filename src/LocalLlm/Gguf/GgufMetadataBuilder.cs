using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using LocalLlm.Gguf;

namespace LocalLlm;

/// <summary>
/// Metadata to be written, in the order in which the keys were first set: setting a key again changes its value and
/// leaves its place. Not for use by several threads at once.
/// </summary>
public sealed partial class GgufMetadataBuilder
{
    private readonly List<Entry> _entries = [];

    // Keyed by the bytes taken as Latin-1, so that keys of a file that are not UTF-8 stay what they are.
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private bool _frozen;

    internal GgufMetadataBuilder()
    {
    }

    /// <summary>Number of entries.</summary>
    public int Count => _entries.Count;

    /// <summary>The keys, in order.</summary>
    public IReadOnlyList<string> Keys => [.. _entries.Select(entry => Encoding.UTF8.GetString(entry.Key))];

    /// <summary>Whether the key is set.</summary>
    /// <param name="key">The key.</param>
    public bool ContainsKey(string key) => _index.ContainsKey(IndexKey(CheckKey(key)));

    /// <summary>Removes a key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>False when it was not set.</returns>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public bool Remove(string key)
    {
        ThrowIfFrozen();
        if (!_index.Remove(IndexKey(CheckKey(key)), out int at))
        {
            return false;
        }

        _entries.RemoveAt(at);
        foreach (string other in _index.Keys)
        {
            if (_index[other] > at)
            {
                _index[other]--;
            }
        }

        return true;
    }

    /// <summary>Sets a value of any type: what <see cref="GgufMetadata.GetValue"/> returns, arrays of arrays included.</summary>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="value">A number, bool or string, an array of one of these types, or an <c>object[]</c> of arrays.</param>
    /// <exception cref="ArgumentException">The key is not usable, or the value is of no such type.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetValue(string key, object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Set(key, ValueEncoder.Any(value));
    }

    /// <summary>Sets an array.</summary>
    /// <typeparam name="T">byte, sbyte, ushort, short, uint, int, ulong, long, float, double, bool or string; the file gets exactly this type.</typeparam>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="values">The elements; copied.</param>
    /// <exception cref="ArgumentException">The key is not usable, or a string is null or not valid UTF-16.</exception>
    /// <exception cref="NotSupportedException">T is not one of these types.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetArray<T>(string key, ReadOnlySpan<T> values) => Set(key, ValueEncoder.Array(values));

    /// <summary>Sets an array.</summary>
    /// <typeparam name="T">byte, sbyte, ushort, short, uint, int, ulong, long, float, double, bool or string; the file gets exactly this type.</typeparam>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="values">The elements; copied.</param>
    /// <exception cref="ArgumentException">The key is not usable, or a string is null or not valid UTF-16.</exception>
    /// <exception cref="NotSupportedException">T is not one of these types.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetArray<T>(string key, T[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Set(key, ValueEncoder.Array<T>(values));
    }

    /// <summary>Sets all entries of an open file, byte for byte, in its order.</summary>
    /// <param name="source">Metadata of an open file.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void CopyFrom(GgufMetadata source)
    {
        ArgumentNullException.ThrowIfNull(source);
        CopyFrom(source, static _ => true);
    }

    /// <summary>Sets those entries of an open file whose keys are wanted.</summary>
    internal void CopyFrom(GgufMetadata source, Func<string, bool> isWanted)
    {
        ThrowIfFrozen();
        source.Part.ReadEntries((Builder: this, IsWanted: isWanted), static (copy, key, value) =>
        {
            // A damaged file may have a key twice: the first one counts, as in reading.
            string index = Encoding.Latin1.GetString(key);
            if (copy.IsWanted(index) && !copy.Builder._index.ContainsKey(index))
            {
                copy.Builder.Put(key.ToArray(), value.ToArray());
            }
        });
    }

    internal IReadOnlyList<Entry> Entries => _entries;

    /// <summary>The alignment that the written file has.</summary>
    internal long Alignment =>
        _index.TryGetValue(GgufKeys.Alignment, out int at) && TryReadAlignment(_entries[at].Value, out uint alignment)
            ? alignment
            : GgufLimits.DefaultAlignment;

    internal void Freeze() => _frozen = true;

    internal byte[]? RawValue(string key) => _index.TryGetValue(IndexKey(CheckKey(key)), out int at) ? _entries[at].Value : null;

    internal GgufMetadataBuilder Clone()
    {
        GgufMetadataBuilder clone = new();
        _entries.ForEach(entry => clone.Put(entry.Key, entry.Value));
        return clone;
    }

    private void Set(string key, byte[] value)
    {
        ThrowIfFrozen();
        byte[] bytes = CheckKey(key);
        if (key == GgufKeys.Alignment)
        {
            CheckAlignment(value);
        }

        Put(bytes, value);
    }

    private void Put(byte[] key, byte[] value)
    {
        string index = IndexKey(key);
        if (_index.TryGetValue(index, out int at))
        {
            _entries[at] = new Entry(key, value);
            return;
        }

        _index[index] = _entries.Count;
        _entries.Add(new Entry(key, value));
    }

    private static string IndexKey(byte[] key) => Encoding.Latin1.GetString(key);

    private static byte[] CheckKey(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        byte[] bytes = StrictUtf8.GetBytes(key);
        if (bytes.Length > GgufLimits.MaxKeyBytes || bytes.Contains((byte)0))
        {
            throw new ArgumentException($"A key has 1 to {GgufLimits.MaxKeyBytes} bytes of UTF-8 and no zero byte.", nameof(key));
        }

        return bytes;
    }

    private static void CheckAlignment(byte[] value)
    {
        if (!TryReadAlignment(value, out uint alignment) || alignment < GgufLimits.NativeAlignment)
        {
            throw new ArgumentException(
                $"{GgufKeys.Alignment} is a UInt32, a power of two, and at least {GgufLimits.NativeAlignment}, which ggml wants for mapping.", nameof(value));
        }
    }

    private static bool TryReadAlignment(ReadOnlySpan<byte> value, out uint alignment)
    {
        bool isUInt32 = BinaryPrimitives.ReadUInt32LittleEndian(value) == (uint)GgufValueType.UInt32;
        alignment = isUInt32 ? BinaryPrimitives.ReadUInt32LittleEndian(value[sizeof(uint)..]) : 0;
        return BitOperations.IsPow2(alignment);
    }

    private void ThrowIfFrozen()
    {
        if (_frozen)
        {
            throw new InvalidOperationException("The header is written: metadata can't be changed any more.");
        }
    }

    /// <summary>A key, and its value from the type on, as they stand in the file.</summary>
    internal readonly record struct Entry(byte[] Key, byte[] Value);
}
