namespace LocalLlm.Hardware;

/// <summary>The cores that computing threads should take.</summary>
internal static class ProcessorCores
{
    /// <summary>
    /// Physical cores (on Linux; elsewhere logical ones), within the affinity and the container's CPU limit, both of which
    /// <see cref="Environment.ProcessorCount"/> knows: ggml's threads spin, and two on one core cost more than they give.
    /// </summary>
    internal static int Usable { get; } = Math.Clamp(Physical(), 1, Environment.ProcessorCount);

    private static int Physical()
    {
        if (!OperatingSystem.IsLinux())
        {
            return Environment.ProcessorCount;
        }

        try
        {
            int cores = Directory.EnumerateDirectories("/sys/devices/system/cpu", "cpu*")
                .Select(cpu => Path.Combine(cpu, "topology", "thread_siblings_list"))
                .Where(File.Exists)
                .Select(siblings => File.ReadAllText(siblings))
                .Distinct()
                .Count();
            return cores > 0 ? cores : Environment.ProcessorCount;
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            return Environment.ProcessorCount;
        }
    }
}
