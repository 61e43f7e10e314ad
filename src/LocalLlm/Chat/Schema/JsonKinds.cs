namespace LocalLlm.Chat.Schema;

/// <summary>Kinds of JSON values.</summary>
[Flags]
internal enum JsonKinds
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Integer = 4,

    /// <summary>Numbers that are not whole.</summary>
    Fraction = 8,
    Text = 16,
    Array = 32,
    Object = 64,
    Number = Integer | Fraction,
    All = Null | Boolean | Number | Text | Array | Object,
}
