using System.Buffers.Binary;
using System.Text;

namespace LocalLlm.Gguf;

/// <summary>Reads any value as an object.</summary>
internal static class BoxedValues
{
    public static object Read(in KeyValueEntry entry, ReadOnlySpan<byte> header)
    {
        int position = entry.ValueOffset;
        return entry.Type switch
        {
            GgufValueType.UInt8 => Scalars.Read<byte>(entry, header),
            GgufValueType.Int8 => Scalars.Read<sbyte>(entry, header),
            GgufValueType.UInt16 => Scalars.Read<ushort>(entry, header),
            GgufValueType.Int16 => Scalars.Read<short>(entry, header),
            GgufValueType.UInt32 => Scalars.Read<uint>(entry, header),
            GgufValueType.Int32 => Scalars.Read<int>(entry, header),
            GgufValueType.UInt64 => Scalars.Read<ulong>(entry, header),
            GgufValueType.Int64 => Scalars.Read<long>(entry, header),
            GgufValueType.Float32 => Scalars.Read<float>(entry, header),
            GgufValueType.Float64 => Scalars.Read<double>(entry, header),
            GgufValueType.Boolean => Scalars.Read<byte>(entry, header) != 0,
            GgufValueType.String => Encoding.UTF8.GetString(Scalars.ReadString(entry, header)),
            _ => ReadArray(header, ref position),
        };
    }

    private static Array ReadArray(ReadOnlySpan<byte> header, ref int position)
    {
        GgufValueType type = (GgufValueType)BinaryPrimitives.ReadUInt32LittleEndian(header[position..]);
        int count = (int)BinaryPrimitives.ReadUInt64LittleEndian(header[(position + sizeof(uint))..]);
        position += sizeof(uint) + sizeof(ulong);
        return type switch
        {
            GgufValueType.UInt8 => Elements<byte>(header, ref position, type, count),
            GgufValueType.Int8 => Elements<sbyte>(header, ref position, type, count),
            GgufValueType.UInt16 => Elements<ushort>(header, ref position, type, count),
            GgufValueType.Int16 => Elements<short>(header, ref position, type, count),
            GgufValueType.UInt32 => Elements<uint>(header, ref position, type, count),
            GgufValueType.Int32 => Elements<int>(header, ref position, type, count),
            GgufValueType.UInt64 => Elements<ulong>(header, ref position, type, count),
            GgufValueType.Int64 => Elements<long>(header, ref position, type, count),
            GgufValueType.Float32 => Elements<float>(header, ref position, type, count),
            GgufValueType.Float64 => Elements<double>(header, ref position, type, count),
            GgufValueType.Boolean => Elements<bool>(header, ref position, type, count),
            GgufValueType.String => Strings(header, ref position, count),
            _ => Nested(header, ref position, count),
        };
    }

    private static T[] Elements<T>(ReadOnlySpan<byte> header, ref int position, GgufValueType type, int count)
    {
        T[] values = new T[count];
        ArrayCopier.Copy(header[position..], count, 0, values.AsSpan());
        position += count * GgufValueTypes.Size(type);
        return values;
    }

    private static string[] Strings(ReadOnlySpan<byte> header, ref int position, int count)
    {
        string[] values = new string[count];
        Utf8StringReader reader = new(header[position..], count);
        for (int i = 0; reader.MoveNext(); i++)
        {
            values[i] = Encoding.UTF8.GetString(reader.Current);
        }

        position += reader.Position;
        return values;
    }

    private static object[] Nested(ReadOnlySpan<byte> header, ref int position, int count)
    {
        object[] values = new object[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = ReadArray(header, ref position);
        }

        return values;
    }
}
