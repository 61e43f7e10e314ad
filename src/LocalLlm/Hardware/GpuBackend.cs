namespace LocalLlm.Hardware;

/// <summary>ggml's names of the backends that drive GPUs, and which one a card that several show is left to.</summary>
internal static class GpuBackend
{
    internal const string Cuda = "CUDA";
    internal const string Metal = "MTL";
    internal const string Vulkan = "Vulkan";

    // What people write, and the better one of two that show the same card first.
    private static readonly (string Text, string Name)[] Known =
    [
        ("cuda", Cuda), ("rocm", "ROCm"), ("musa", "MUSA"), ("cann", "CANN"), ("sycl", "SYCL"), ("metal", Metal),
        ("vulkan", Vulkan), ("opencl", "OpenCL"), ("webgpu", "WebGPU"),
    ];

    internal static string Accepted { get; } = string.Join(", ", Known.Select(b => b.Text));

    internal static int Rank(string name) =>
        Array.FindIndex(Known, b => b.Name == name) is >= 0 and int rank ? rank : Known.Length;

    internal static string? Parse(string text) =>
        Known.FirstOrDefault(b => b.Text.Equals(text, StringComparison.OrdinalIgnoreCase) || b.Name.Equals(text, StringComparison.OrdinalIgnoreCase)).Name;

    /// <summary>The name as text has it; null for a backend that text does not know.</summary>
    internal static string? TextOf(string name) => Known.FirstOrDefault(b => b.Name == name).Text;
}
