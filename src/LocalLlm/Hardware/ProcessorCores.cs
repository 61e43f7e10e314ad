namespace LocalLlm.Hardware;

/// <summary>The cores that computing threads should take.</summary>
internal static class ProcessorCores
{
    /// <summary>
    /// Physical cores, within the affinity and the container's CPU limit (<see cref="Environment.ProcessorCount"/> knows
    /// both): ggml's threads spin, and two on one core cost far more than they give.
    /// </summary>
    internal static int Usable { get; } = Math.Clamp(Physical(), 1, Environment.ProcessorCount);

    private static int Physical()
    {
        if (!OperatingSystem.IsLinux())
        {
            return Environment.ProcessorCount;
        }

        HashSet<string> cores = [];
        foreach (string cpu in Directory.EnumerateDirectories("/sys/devices/system/cpu", "cpu*"))
        {
            string siblings = Path.Combine(cpu, "topology", "thread_siblings_list");
            if (File.Exists(siblings))
            {
                cores.Add(File.ReadAllText(siblings).Trim());
            }
        }

        return cores.Count > 0 ? cores.Count : Environment.ProcessorCount;
    }
}
