using System.Diagnostics.CodeAnalysis;

namespace LocalLlm;

/// <summary>The types of GGUF metadata values, numbered as in the file.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "They are the types.")]
public enum GgufValueType
{
    /// <summary>Unsigned 8-bit integer.</summary>
    UInt8 = 0,

    /// <summary>Signed 8-bit integer.</summary>
    Int8 = 1,

    /// <summary>Unsigned 16-bit integer.</summary>
    UInt16 = 2,

    /// <summary>Signed 16-bit integer.</summary>
    Int16 = 3,

    /// <summary>Unsigned 32-bit integer.</summary>
    UInt32 = 4,

    /// <summary>Signed 32-bit integer.</summary>
    Int32 = 5,

    /// <summary>32-bit IEEE 754 number.</summary>
    Float32 = 6,

    /// <summary>Truth value, one byte.</summary>
    Boolean = 7,

    /// <summary>UTF-8 text with its length in front.</summary>
    String = 8,

    /// <summary>Array of values of one type.</summary>
    Array = 9,

    /// <summary>Unsigned 64-bit integer.</summary>
    UInt64 = 10,

    /// <summary>Signed 64-bit integer.</summary>
    Int64 = 11,

    /// <summary>64-bit IEEE 754 number.</summary>
    Float64 = 12,
}
