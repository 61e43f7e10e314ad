using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LocalLlm.Gguf;

/// <summary>Makes the bytes of metadata values as they stand in a file: the type, then the value.</summary>
internal static class ValueEncoder
{
    private const int ArrayHeaderBytes = sizeof(uint) + sizeof(ulong);

    public static byte[] Scalar<T>(GgufValueType type, T value)
        where T : unmanaged
    {
        byte[] bytes = new byte[sizeof(uint) + Unsafe.SizeOf<T>()];
        WriteType(bytes, type);
        MemoryMarshal.Write(bytes.AsSpan(sizeof(uint)), value);
        return bytes;
    }

    public static byte[] Text(string value)
    {
        byte[] bytes = new byte[sizeof(uint) + sizeof(ulong) + StrictUtf8.GetByteCount(value)];
        WriteType(bytes, GgufValueType.String);
        WriteText(bytes, sizeof(uint), value);
        return bytes;
    }

    /// <summary>An array of plain values or of strings.</summary>
    public static byte[] Array<T>(ReadOnlySpan<T> values)
    {
        byte[] bytes = new byte[checked(sizeof(uint) + ArrayBytes(values))];
        WriteType(bytes, GgufValueType.Array);
        WriteArray(bytes, sizeof(uint), values);
        return bytes;
    }

    /// <summary>Any value as <see cref="GgufMetadata.GetValue"/> returns it.</summary>
    /// <exception cref="ArgumentException">The object is no such value.</exception>
    public static byte[] Any(object value) => value switch
    {
        byte v => Scalar(GgufValueType.UInt8, v),
        sbyte v => Scalar(GgufValueType.Int8, v),
        ushort v => Scalar(GgufValueType.UInt16, v),
        short v => Scalar(GgufValueType.Int16, v),
        uint v => Scalar(GgufValueType.UInt32, v),
        int v => Scalar(GgufValueType.Int32, v),
        ulong v => Scalar(GgufValueType.UInt64, v),
        long v => Scalar(GgufValueType.Int64, v),
        float v => Scalar(GgufValueType.Float32, v),
        double v => Scalar(GgufValueType.Float64, v),
        bool v => Scalar(GgufValueType.Boolean, v),
        string v => Text(v),
        Array v => AnyArray(v, depth: 1),
        _ => throw new ArgumentException($"A {value.GetType()} is no GGUF value.", nameof(value)),
    };

    private static byte[] AnyArray(Array value, int depth)
    {
        // By exact type: the runtime takes an int[] for a uint[] too.
        Type type = value.GetType();
        return
            type == typeof(byte[]) ? Array<byte>((byte[])value) :
            type == typeof(sbyte[]) ? Array<sbyte>((sbyte[])value) :
            type == typeof(ushort[]) ? Array<ushort>((ushort[])value) :
            type == typeof(short[]) ? Array<short>((short[])value) :
            type == typeof(uint[]) ? Array<uint>((uint[])value) :
            type == typeof(int[]) ? Array<int>((int[])value) :
            type == typeof(ulong[]) ? Array<ulong>((ulong[])value) :
            type == typeof(long[]) ? Array<long>((long[])value) :
            type == typeof(float[]) ? Array<float>((float[])value) :
            type == typeof(double[]) ? Array<double>((double[])value) :
            type == typeof(bool[]) ? Array<bool>((bool[])value) :
            type == typeof(string[]) ? Array<string>((string[])value) :
            type == typeof(object[]) ? Nested((object[])value, depth) :
            throw new ArgumentException($"A {type} is no GGUF array.", nameof(value));
    }

    private static byte[] Nested(object[] values, int depth)
    {
        if (depth == GgufLimits.MaxArrayDepth)
        {
            throw new ArgumentException($"Arrays lie at most {GgufLimits.MaxArrayDepth} deep in each other.", nameof(values));
        }

        byte[][] elements = new byte[values.Length][];
        long total = sizeof(uint) + ArrayHeaderBytes;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] is not Array inner)
            {
                throw new ArgumentException("An object[] holds arrays only; use an array of the values' own type.", nameof(values));
            }

            // The element's type stands once, in the outer array's header.
            elements[i] = AnyArray(inner, depth + 1);
            total += elements[i].Length - sizeof(uint);
        }

        byte[] bytes = new byte[checked((int)total)];
        WriteType(bytes, GgufValueType.Array);
        int at = WriteArrayHeader(bytes, sizeof(uint), GgufValueType.Array, values.Length);
        foreach (byte[] element in elements)
        {
            element.AsSpan(sizeof(uint)).CopyTo(bytes.AsSpan(at));
            at += element.Length - sizeof(uint);
        }

        return bytes;
    }

    private static int ArrayBytes<T>(ReadOnlySpan<T> values)
    {
        if (typeof(T) != typeof(string))
        {
            return checked(ArrayHeaderBytes + (values.Length * GgufValueTypes.Size(ElementTypes.Of<T>())));
        }

        int total = ArrayHeaderBytes;
        foreach (T value in values)
        {
            string text = value as string ?? throw new ArgumentException("An array of strings contains null.", nameof(values));
            total = checked(total + sizeof(ulong) + StrictUtf8.GetByteCount(text));
        }

        return total;
    }

    private static void WriteArray<T>(byte[] bytes, int at, ReadOnlySpan<T> values)
    {
        at = WriteArrayHeader(bytes, at, ElementTypes.Of<T>(), values.Length);
        if (typeof(T) != typeof(string))
        {
            ref byte first = ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(values));
            MemoryMarshal.CreateReadOnlySpan(ref first, values.Length * Unsafe.SizeOf<T>()).CopyTo(bytes.AsSpan(at));
            return;
        }

        foreach (T value in values)
        {
            at = WriteText(bytes, at, (string)(object)value!);
        }
    }

    private static void WriteType(byte[] bytes, GgufValueType type) => BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)type);

    private static int WriteArrayHeader(byte[] bytes, int at, GgufValueType elementType, int count)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), (uint)elementType);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at + sizeof(uint)), (ulong)count);
        return at + ArrayHeaderBytes;
    }

    private static int WriteText(byte[] bytes, int at, string value)
    {
        int length = StrictUtf8.GetBytes(value, bytes.AsSpan(at + sizeof(ulong)));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), (ulong)length);
        return at + sizeof(ulong) + length;
    }
}
