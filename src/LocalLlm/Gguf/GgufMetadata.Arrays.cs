using System.Diagnostics.CodeAnalysis;
using LocalLlm.Gguf;

namespace LocalLlm;

/// <content>Arrays.</content>
public sealed partial class GgufMetadata
{
    /// <summary>A copy of an array. For arrays of arrays see <see cref="GetValue"/>.</summary>
    /// <typeparam name="T">Exactly the type of the elements: byte, sbyte, ushort, short, uint, int, ulong, long, float, double, bool or string.</typeparam>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufFormatException">The key is missing, no array, or an array of another type.</exception>
    /// <exception cref="NotSupportedException">T is not one of these types.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public T[] GetArray<T>(string key) =>
        TryGetArray(key, out T[]? values) ? values : throw MissingArray(key, ElementTypes.Of<T>());

    /// <summary>A copy of an array; false when the key is missing, no array, or an array of another type.</summary>
    /// <typeparam name="T">Exactly the type of the elements, as for <see cref="GetArray{T}"/>.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="values">The elements.</param>
    /// <exception cref="NotSupportedException">T is not a type of elements.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetArray<T>(string key, [NotNullWhen(true)] out T[]? values)
    {
        GgufValueType type = ElementTypes.Of<T>();
        using HeaderLease lease = _part.Buffer.Acquire();
        if (!TryFind(key, lease.Bytes, out KeyValueEntry entry) || !entry.IsArray || entry.ElementType != type)
        {
            values = null;
            return false;
        }

        values = new T[entry.Count];
        ArrayCopier.Copy(entry, lease.Bytes, 0, values.AsSpan());
        return true;
    }

    /// <summary>Copies a part of an array into the caller's buffer. Of strings, those before <paramref name="start"/> are stepped over one by one.</summary>
    /// <typeparam name="T">Exactly the type of the elements, as for <see cref="GetArray{T}"/>.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="start">Index of the first element to copy.</param>
    /// <param name="destination">Is filled; must not reach behind the array's end.</param>
    /// <exception cref="ArgumentOutOfRangeException">Start and length are not within the array.</exception>
    /// <exception cref="GgufFormatException">The key is missing, no array, or an array of another type.</exception>
    /// <exception cref="NotSupportedException">T is not a type of elements.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public void CopyArray<T>(string key, int start, Span<T> destination)
    {
        GgufValueType type = ElementTypes.Of<T>();
        using HeaderLease lease = _part.Buffer.Acquire();
        if (!TryFind(key, lease.Bytes, out KeyValueEntry entry) || !entry.IsArray || entry.ElementType != type)
        {
            throw MissingArray(key, type);
        }

        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, entry.Count - destination.Length);
        ArrayCopier.Copy(entry, lease.Bytes, start, destination);
    }

    private GgufFormatException MissingArray(string key, GgufValueType elementType)
    {
        bool found = TryGetEntry(key, out KeyValueEntry entry);
        string fault = found
            ? $"is {GgufValueTypes.Describe(entry)}, not arr[{GgufValueTypes.Name(elementType)}]"
            : "is missing";
        return new GgufFormatException(
            $"{_part.Source.Location}: metadata key '{key}' {fault}.", found ? entry.ValueOffset : null, key);
    }
}
