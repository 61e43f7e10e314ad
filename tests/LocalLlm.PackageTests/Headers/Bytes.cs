using System.Buffers.Binary;
using System.Text;

namespace LocalLlm.PackageTests;

/// <summary>Little-endian values at an offset, as all three formats have them.</summary>
internal static class Bytes
{
    public static ushort U16(this byte[] file, long offset) => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan((int)offset));

    public static uint U32(this byte[] file, long offset) => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan((int)offset));

    public static long I64(this byte[] file, long offset) => BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan((int)offset));

    /// <summary>A zero-terminated string.</summary>
    public static string Text(this byte[] file, long offset)
    {
        ReadOnlySpan<byte> rest = file.AsSpan((int)offset);
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)0)]);
    }
}
