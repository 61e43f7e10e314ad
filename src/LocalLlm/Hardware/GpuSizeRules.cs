using LocalLlm.Hardware;

namespace LocalLlm;

/// <summary>How a backend lays tensors out in a GPU's memory: what a tensor takes there is more than its bytes in the file.</summary>
/// <param name="Alignment">Each tensor begins at a multiple of this many bytes.</param>
/// <param name="QuantizedRowPadding">The last row of a quantized matrix is padded to a multiple of this many elements; 1 is no padding.</param>
public readonly record struct GpuSizeRules(int Alignment, int QuantizedRowPadding)
{
    /// <summary>CUDA, and ROCm and MUSA that share its source: 128 bytes, rows of 512 elements.</summary>
    public static GpuSizeRules Cuda { get; } = new(128, 512);

    /// <summary>Vulkan: the driver's minStorageBufferOffsetAlignment, which Vulkan lets no driver set above 256 bytes.</summary>
    public static GpuSizeRules Vulkan { get; } = new(256, 1);

    /// <summary>Metal: 32 bytes.</summary>
    public static GpuSizeRules Metal { get; } = new(32, 1);

    /// <summary>The processor's buffers: 32 bytes (TENSOR_ALIGNMENT in ggml-impl.h).</summary>
    internal static GpuSizeRules Host { get; } = new(32, 1);

    /// <summary>The rules of a backend by ggml's name; those of CUDA, which take most, for one that is not known.</summary>
    internal static GpuSizeRules Of(string backend) => backend switch
    {
        GpuBackend.Vulkan => Vulkan,
        GpuBackend.Metal => Metal,
        _ => Cuda,
    };

    /// <summary>Bytes that a tensor takes in a buffer (get_alloc_size of ggml-cuda.cu, then the alignment).</summary>
    /// <param name="type">Its type.</param>
    /// <param name="rowElements">Elements of a row.</param>
    /// <param name="bytes">Bytes of its data.</param>
    /// <exception cref="OverflowException">The size does not fit a long.</exception>
    internal long Bytes(GgmlType type, long rowElements, long bytes)
    {
        long padded = bytes;
        if (type.IsQuantized() && rowElements % QuantizedRowPadding != 0)
        {
            long missing = QuantizedRowPadding - (rowElements % QuantizedRowPadding);
            padded = checked(padded + (missing * type.TypeSize() / type.BlockSize()));
        }

        return RoundUp(padded, Alignment);
    }

    /// <summary>The next multiple.</summary>
    internal static long RoundUp(long value, long multiple) => checked((value + multiple - 1) / multiple * multiple);
}
