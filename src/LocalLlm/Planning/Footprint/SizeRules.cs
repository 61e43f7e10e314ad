namespace LocalLlm.Planning;

/// <summary>How a backend's buffers round the size of a tensor. With these a device's weights and KV cache are exact to the byte.</summary>
/// <param name="Alignment">Every tensor's bytes are rounded up to a multiple of it (ggml_backend_buft_get_alignment).</param>
/// <param name="RowPadding">Elements to which the last row of a quantized tensor is padded; 0 for none (get_alloc_size of ggml-cuda.cu).</param>
internal readonly record struct SizeRules(int Alignment, int RowPadding)
{
    /// <summary>Of CUDA: alignment 128, quantized rows padded to 512 elements (MATRIX_ROW_PADDING).</summary>
    public static SizeRules Cuda { get; } = new(128, 512);

    /// <summary>
    /// Of Vulkan: no padding. The alignment is the card's minStorageBufferOffsetAlignment, which Vulkan limits to 256:
    /// without the card itself that is the bound.
    /// </summary>
    public static SizeRules Vulkan { get; } = new(256, 0);

    /// <summary>Of the processor's buffers, and of Metal's for weights: alignment 32 (TENSOR_ALIGNMENT in ggml-impl.h).</summary>
    public static SizeRules Host { get; } = new(32, 0);

    /// <summary>Bytes that a tensor takes in a buffer.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="rowElements">Elements of a row.</param>
    /// <param name="bytes">Bytes of its data.</param>
    /// <exception cref="OverflowException">The size does not fit a long.</exception>
    public long Bytes(GgmlType type, long rowElements, long bytes)
    {
        long padded = bytes;
        if (RowPadding > 0 && type.IsQuantized() && rowElements % RowPadding != 0)
        {
            long missing = RowPadding - (rowElements % RowPadding);
            padded = checked(padded + (missing * type.TypeSize() / type.BlockSize()));
        }

        return RoundUp(padded, Alignment);
    }

    /// <summary>The next multiple.</summary>
    public static long RoundUp(long value, long multiple) => checked((value + multiple - 1) / multiple * multiple);
}
