using System.Runtime.InteropServices;

namespace LocalLlm.Gguf;

/// <summary>Reads single values out of header bytes.</summary>
internal static class Scalars
{
    /// <summary>Reads the value of a scalar entry, whose type the caller has checked.</summary>
    public static T Read<T>(in KeyValueEntry entry, ReadOnlySpan<byte> header)
        where T : unmanaged => MemoryMarshal.Read<T>(header[entry.ValueOffset..]);

    /// <summary>The bytes of a string entry, without its length.</summary>
    public static ReadOnlySpan<byte> ReadString(in KeyValueEntry entry, ReadOnlySpan<byte> header) =>
        header[(entry.ValueOffset + sizeof(ulong))..entry.End];

    /// <summary>Reads an integer of any width; false for other types and for a UInt64 beyond long.</summary>
    public static bool TryReadInteger(in KeyValueEntry entry, ReadOnlySpan<byte> header, out long value)
    {
        switch (entry.Type)
        {
            case GgufValueType.UInt8:
                value = Read<byte>(entry, header);
                return true;
            case GgufValueType.Int8:
                value = Read<sbyte>(entry, header);
                return true;
            case GgufValueType.UInt16:
                value = Read<ushort>(entry, header);
                return true;
            case GgufValueType.Int16:
                value = Read<short>(entry, header);
                return true;
            case GgufValueType.UInt32:
                value = Read<uint>(entry, header);
                return true;
            case GgufValueType.Int32:
                value = Read<int>(entry, header);
                return true;
            case GgufValueType.Int64:
                value = Read<long>(entry, header);
                return true;
            case GgufValueType.UInt64:
                ulong wide = Read<ulong>(entry, header);
                value = unchecked((long)wide);
                return wide <= long.MaxValue;
            default:
                value = 0;
                return false;
        }
    }
}
