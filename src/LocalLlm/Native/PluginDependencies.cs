namespace LocalLlm.Native;

/// <summary>The libraries of the system that the pinned Linux plugins are linked to.</summary>
internal static class PluginDependencies
{
    internal static string[] Of(string pluginFileName) => pluginFileName switch
    {
        "libggml-vulkan.so" => ["libvulkan.so.1"],
        "libggml-cuda12.so" => ["libcuda.so.1", "libcudart.so.12", "libcublas.so.12"],
        "libggml-cuda13.so" => ["libcuda.so.1", "libcudart.so.13", "libcublas.so.13"],
        _ => [],
    };
}
