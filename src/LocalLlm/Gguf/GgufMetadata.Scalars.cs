using System.Diagnostics.CodeAnalysis;
using System.Text;
using LocalLlm.Gguf;

namespace LocalLlm;

/// <content>The typed getters.</content>
public sealed partial class GgufMetadata
{
    /// <summary>Reads an unsigned 8-bit integer.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufFormatException">The key is missing or its value is of another type.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public byte GetUInt8(string key) => TryGetUInt8(key, out byte value) ? value : throw Missing(key, GgufValueType.UInt8);

    /// <summary>Reads an unsigned 8-bit integer; false when the key is missing or its value is of another type.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetUInt8(string key, out byte value) => TryGetScalar(key, GgufValueType.UInt8, out value);

    /// <summary>Reads a signed 8-bit integer.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufFormatException">The key is missing or its value is of another type.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public sbyte GetInt8(string key) => TryGetInt8(key, out sbyte value) ? value : throw Missing(key, GgufValueType.Int8);

    /// <summary>Reads a signed 8-bit integer; false when the key is missing or its value is of another type.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetInt8(string key, out sbyte value) => TryGetScalar(key, GgufValueType.Int8, out value);

    /// <summary>Reads an unsigned 16-bit integer.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufFormatException">The key is missing or its value is of another type.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public ushort GetUInt16(string key) => TryGetUInt16(key, out ushort value) ? value : throw Missing(key, GgufValueType.UInt16);

    /// <summary>Reads an unsigned 16-bit integer; false when the key is missing or its value is of another type.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetUInt16(string key, out ushort value) => TryGetScalar(key, GgufValueType.UInt16, out value);

    /// <summary>Reads a signed 16-bit integer.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufFormatException">The key is missing or its value is of another type.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public short GetInt16(string key) => TryGetInt16(key, out short value) ? value : throw Missing(key, GgufValueType.Int16);

    /// <summary>Reads a signed 16-bit integer; false when the key is missing or its value is of another type.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetInt16(string key, out short value) => TryGetScalar(key, GgufValueType.Int16, out value);

    /// <summary>Reads an unsigned 32-bit integer.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufFormatException">The key is missing or its value is of another type.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public uint GetUInt32(string key) => TryGetUInt32(key, out uint value) ? value : throw Missing(key, GgufValueType.UInt32);

    /// <summary>Reads an unsigned 32-bit integer; false when the key is missing or its value is of another type.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetUInt32(string key, out uint value) => TryGetScalar(key, GgufValueType.UInt32, out value);

    /// <summary>Reads a signed 32-bit integer.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufFormatException">The key is missing or its value is of another type.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public int GetInt32(string key) => TryGetInt32(key, out int value) ? value : throw Missing(key, GgufValueType.Int32);

    /// <summary>Reads a signed 32-bit integer; false when the key is missing or its value is of another type.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetInt32(string key, out int value) => TryGetScalar(key, GgufValueType.Int32, out value);

    /// <summary>Reads an unsigned 64-bit integer.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufFormatException">The key is missing or its value is of another type.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public ulong GetUInt64(string key) => TryGetUInt64(key, out ulong value) ? value : throw Missing(key, GgufValueType.UInt64);

    /// <summary>Reads an unsigned 64-bit integer; false when the key is missing or its value is of another type.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetUInt64(string key, out ulong value) => TryGetScalar(key, GgufValueType.UInt64, out value);

    /// <summary>Reads a signed 64-bit integer.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufFormatException">The key is missing or its value is of another type.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public long GetInt64(string key) => TryGetInt64(key, out long value) ? value : throw Missing(key, GgufValueType.Int64);

    /// <summary>Reads a signed 64-bit integer; false when the key is missing or its value is of another type.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetInt64(string key, out long value) => TryGetScalar(key, GgufValueType.Int64, out value);

    /// <summary>Reads a 32-bit number.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufFormatException">The key is missing or its value is of another type.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public float GetFloat32(string key) => TryGetFloat32(key, out float value) ? value : throw Missing(key, GgufValueType.Float32);

    /// <summary>Reads a 32-bit number; false when the key is missing or its value is of another type.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetFloat32(string key, out float value) => TryGetScalar(key, GgufValueType.Float32, out value);

    /// <summary>Reads a 64-bit number.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufFormatException">The key is missing or its value is of another type.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public double GetFloat64(string key) => TryGetFloat64(key, out double value) ? value : throw Missing(key, GgufValueType.Float64);

    /// <summary>Reads a 64-bit number; false when the key is missing or its value is of another type.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetFloat64(string key, out double value) => TryGetScalar(key, GgufValueType.Float64, out value);

    /// <summary>Reads a truth value (any byte but 0 is true).</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufFormatException">The key is missing or its value is of another type.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool GetBoolean(string key) => TryGetBoolean(key, out bool value) ? value : throw Missing(key, GgufValueType.Boolean);

    /// <summary>Reads a truth value (any byte but 0 is true); false when the key is missing or its value is of another type.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetBoolean(string key, out bool value)
    {
        bool found = TryGetScalar(key, GgufValueType.Boolean, out byte written);
        value = written != 0;
        return found;
    }

    /// <summary>Reads a text (bytes that are not UTF-8 become U+FFFD).</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufFormatException">The key is missing or its value is of another type.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public string GetString(string key) => TryGetString(key, out string? value) ? value : throw Missing(key, GgufValueType.String);

    /// <summary>Reads a text (bytes that are not UTF-8 become U+FFFD); false when the key is missing or its value is of another type.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetString(string key, [NotNullWhen(true)] out string? value)
    {
        using HeaderLease lease = _part.Buffer.Acquire();
        bool found = TryFind(key, lease.Bytes, out KeyValueEntry entry) && entry.Type == GgufValueType.String;
        value = found ? Encoding.UTF8.GetString(Scalars.ReadString(entry, lease.Bytes)) : null;
        return found;
    }

    private bool TryGetScalar<T>(string key, GgufValueType type, out T value)
        where T : unmanaged
    {
        using HeaderLease lease = _part.Buffer.Acquire();
        bool found = TryFind(key, lease.Bytes, out KeyValueEntry entry) && entry.Type == type;
        value = found ? Scalars.Read<T>(entry, lease.Bytes) : default;
        return found;
    }
}
