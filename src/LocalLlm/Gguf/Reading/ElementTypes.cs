namespace LocalLlm.Gguf;

/// <summary>Maps .NET types to those of array elements.</summary>
internal static class ElementTypes
{
    /// <summary>The element type that holds <typeparamref name="T"/>.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public static GgufValueType Of<T>()
    {
        if (typeof(T) == typeof(string))
        {
            return GgufValueType.String;
        }

        return Type.GetTypeCode(typeof(T)) switch
        {
            _ when typeof(T).IsEnum => throw Unsupported<T>(),
            TypeCode.Byte => GgufValueType.UInt8,
            TypeCode.SByte => GgufValueType.Int8,
            TypeCode.UInt16 => GgufValueType.UInt16,
            TypeCode.Int16 => GgufValueType.Int16,
            TypeCode.UInt32 => GgufValueType.UInt32,
            TypeCode.Int32 => GgufValueType.Int32,
            TypeCode.UInt64 => GgufValueType.UInt64,
            TypeCode.Int64 => GgufValueType.Int64,
            TypeCode.Single => GgufValueType.Float32,
            TypeCode.Double => GgufValueType.Float64,
            TypeCode.Boolean => GgufValueType.Boolean,
            _ => throw Unsupported<T>(),
        };
    }

    private static NotSupportedException Unsupported<T>() =>
        new($"GGUF arrays hold byte, sbyte, ushort, short, uint, int, ulong, long, float, double, bool or string, not {typeof(T)}.");
}
