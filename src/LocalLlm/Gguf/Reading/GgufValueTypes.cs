namespace LocalLlm.Gguf;

/// <summary>Sizes and names of metadata value types.</summary>
internal static class GgufValueTypes
{
    /// <summary>Bytes of a value; 0 for strings and arrays.</summary>
    public static int Size(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Boolean => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 => 8,
        _ => 0,
    };

    /// <summary>The fewest bytes that a value can take.</summary>
    public static int MinSize(GgufValueType type) => type switch
    {
        GgufValueType.String => sizeof(ulong),
        GgufValueType.Array => sizeof(uint) + sizeof(ulong),
        _ => Size(type),
    };

    /// <summary>llama.cpp's short name of the type.</summary>
    public static string Name(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 => "u8",
        GgufValueType.Int8 => "i8",
        GgufValueType.UInt16 => "u16",
        GgufValueType.Int16 => "i16",
        GgufValueType.UInt32 => "u32",
        GgufValueType.Int32 => "i32",
        GgufValueType.Float32 => "f32",
        GgufValueType.Boolean => "bool",
        GgufValueType.String => "str",
        GgufValueType.Array => "arr",
        GgufValueType.UInt64 => "u64",
        GgufValueType.Int64 => "i64",
        GgufValueType.Float64 => "f64",
        _ => $"type {(int)type}",
    };

    /// <summary>The type of an entry, for messages: "u32", "arr[str]".</summary>
    public static string Describe(in KeyValueEntry entry) =>
        entry.IsArray ? $"arr[{Name(entry.ElementType)}]" : Name(entry.Type);
}
