using LocalLlm.Gguf;

namespace LocalLlm;

/// <summary>Sizes and names of ggml's tensor types.</summary>
public static class GgmlTypeExtensions
{
    /// <summary>Number of elements in one block of the type; 1 for plain numbers.</summary>
    /// <param name="type">A type of the pinned release.</param>
    /// <exception cref="ArgumentOutOfRangeException">The type is not one of the pinned release.</exception>
    public static int BlockSize(this GgmlType type) => Traits(type).BlockSize;

    /// <summary>Bytes that one block of the type takes.</summary>
    /// <param name="type">A type of the pinned release.</param>
    /// <exception cref="ArgumentOutOfRangeException">The type is not one of the pinned release.</exception>
    public static int TypeSize(this GgmlType type) => Traits(type).TypeSize;

    /// <summary>Bytes that a row takes.</summary>
    /// <param name="type">A type of the pinned release.</param>
    /// <param name="elements">Elements in the row: a multiple of the block size.</param>
    /// <exception cref="ArgumentOutOfRangeException">The type is unknown, or the count is negative or no multiple of the block size.</exception>
    /// <exception cref="OverflowException">The size does not fit a long.</exception>
    public static long RowSize(this GgmlType type, long elements)
    {
        GgmlTypeTraits traits = Traits(type);
        ArgumentOutOfRangeException.ThrowIfNegative(elements);
        if (elements % traits.BlockSize != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(elements), elements, $"A row of {traits.Name} is a multiple of {traits.BlockSize} elements.");
        }

        return checked(elements / traits.BlockSize * traits.TypeSize);
    }

    /// <summary>Whether the type packs several elements into a block.</summary>
    /// <param name="type">A type of the pinned release.</param>
    /// <exception cref="ArgumentOutOfRangeException">The type is not one of the pinned release.</exception>
    public static bool IsQuantized(this GgmlType type) => Traits(type).BlockSize > 1;

    /// <summary>The name that ggml prints for the type ("q4_K"), or "type 77" for a number that the pinned release does not know.</summary>
    /// <param name="type">Any type.</param>
    public static string DisplayName(this GgmlType type) =>
        GgmlTypeTraits.TryGet((int)type, out GgmlTypeTraits traits) ? traits.Name : $"type {(int)type}";

    private static GgmlTypeTraits Traits(GgmlType type) =>
        GgmlTypeTraits.TryGet((int)type, out GgmlTypeTraits traits)
            ? traits
            : throw new ArgumentOutOfRangeException(nameof(type), type, "Not a tensor type of the pinned llama.cpp release.");
}
