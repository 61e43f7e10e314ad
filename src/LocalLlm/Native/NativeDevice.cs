namespace LocalLlm;

/// <summary>What kind of device a <see cref="NativeDevice"/> is.</summary>
public enum NativeDeviceType
{
    /// <summary>The processor, with the system's memory.</summary>
    Cpu = 0,

    /// <summary>A GPU with memory of its own.</summary>
    Gpu = 1,

    /// <summary>A GPU that shares the system's memory.</summary>
    IntegratedGpu = 2,

    /// <summary>A library that speeds up the processor, such as BLAS.</summary>
    Accelerator = 3,

    /// <summary>Several devices seen as one.</summary>
    Meta = 4,
}

/// <summary>A device as llama.cpp's backends report it.</summary>
/// <param name="Name">The backend's name of the device, such as <c>Vulkan0</c>.</param>
/// <param name="Description">The product's name.</param>
/// <param name="Backend">The backend that drives it, such as <c>CUDA</c>.</param>
/// <param name="Type">What kind of device it is.</param>
/// <param name="FreeBytes">Free memory, in bytes, as the backend reports it; 0 where it does not know. For the processor this is no measure of what is available.</param>
/// <param name="TotalBytes">All memory of the device, in bytes; 0 where the backend does not know.</param>
/// <param name="Id">The PCI bus id, such as <c>0000:c1:00.0</c>; null where there is none.</param>
public sealed record NativeDevice(
    string Name, string Description, string Backend, NativeDeviceType Type, long FreeBytes, long TotalBytes, string? Id);
