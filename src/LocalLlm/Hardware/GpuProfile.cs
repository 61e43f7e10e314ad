using LocalLlm.Hardware;

namespace LocalLlm;

/// <summary>A GPU that layers can be placed on.</summary>
public sealed record GpuProfile
{
    /// <summary>The backend's name of the device, such as <c>CUDA0</c>; <c>gpu0</c> and so on in a profile that was written as text.</summary>
    public required string Name { get; init; }

    /// <summary>The product's name; empty where it is not known.</summary>
    public string Description { get; init; } = "";

    /// <summary>The backend that drives it, as ggml calls it: <c>CUDA</c> (the default), <c>Vulkan</c>, <c>MTL</c> for Metal.</summary>
    public string Backend { get; init; } = GpuBackend.Cuda;

    /// <summary>A card of its own (the default) or a part of the processor's chip.</summary>
    public GpuType Type { get; init; }

    /// <summary>The PCI address, such as <c>0000:c1:00.0</c>; null where there is none.</summary>
    public string? Id { get; init; }

    /// <summary>All memory that it can use, in bytes; null: not known.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>Memory that is free at this moment, in bytes; null: not known, and nothing is planned on it.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>Its memory is the system's: a byte taken here is missing there.</summary>
    public bool IsUnified { get; init; }

    /// <summary>Who told, or who bounds, the free memory, such as <c>NVML</c>; null where nobody did.</summary>
    public string? FreeBytesSource { get; init; }

    /// <summary>The driver's version; null where it is not known.</summary>
    public string? DriverVersion { get; init; }

    /// <summary>How its backend lays out tensors.</summary>
    public GpuSizeRules SizeRules => GpuSizeRules.Of(Backend);
}
