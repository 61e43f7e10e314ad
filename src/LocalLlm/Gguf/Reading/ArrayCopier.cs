using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace LocalLlm.Gguf;

/// <summary>Copies elements out of the header into arrays of their own type.</summary>
internal static class ArrayCopier
{
    /// <summary>Copies elements of an array entry whose element type is that of <typeparamref name="T"/>.</summary>
    public static void Copy<T>(in KeyValueEntry entry, ReadOnlySpan<byte> header, int start, Span<T> destination) =>
        Copy(header[entry.ElementsOffset..], entry.Count, start, destination);

    /// <summary>Copies from the bytes of an array's elements.</summary>
    public static void Copy<T>(ReadOnlySpan<byte> elements, int count, int start, Span<T> destination)
    {
        if (typeof(T) == typeof(string))
        {
            CopyStrings(elements, count, start, MemoryMarshal.CreateSpan(
                ref Unsafe.As<T, string>(ref MemoryMarshal.GetReference(destination)), destination.Length));
            return;
        }

        int size = Unsafe.SizeOf<T>();
        ReadOnlySpan<byte> source = elements.Slice(start * size, destination.Length * size);
        Span<byte> target = MemoryMarshal.CreateSpan(
            ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(destination)), source.Length);
        source.CopyTo(target);
        if (typeof(T) == typeof(bool))
        {
            // A .NET bool must be 0 or 1; the file may hold any byte.
            foreach (ref byte value in target)
            {
                value = value == 0 ? (byte)0 : (byte)1;
            }
        }
    }

    private static void CopyStrings(ReadOnlySpan<byte> elements, int count, int start, Span<string> destination)
    {
        Utf8StringReader reader = new(elements, count);
        for (int i = 0; i < start + destination.Length && reader.MoveNext(); i++)
        {
            if (i >= start)
            {
                destination[i - start] = Encoding.UTF8.GetString(reader.Current);
            }
        }
    }
}
