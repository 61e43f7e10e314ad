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

    /// <summary>The rules of a backend by ggml's name; those of CUDA, which take most, for one that is not known.</summary>
    internal static GpuSizeRules Of(string backend) => backend switch
    {
        GpuBackend.Vulkan => Vulkan,
        GpuBackend.Metal => Metal,
        _ => Cuda,
    };
}
