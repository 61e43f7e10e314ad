namespace LocalLlm.Hardware;

/// <summary>The system's memory, and what this process can still take without pushing the machine, or its container, over its limit.</summary>
internal static class SystemMemory
{
    internal static RamProfile Detect() =>
        (OperatingSystem.IsLinux() ? LinuxMemory.Read("")
        : OperatingSystem.IsWindows() ? WindowsMemory.Read()
        : OperatingSystem.IsMacOS() ? AppleMemory.Read()
        : null) ?? Fallback();

    /// <summary>Available memory in bytes.</summary>
    internal static long AvailableBytes() => Detect().AvailableBytes;

    private static RamProfile Fallback()
    {
        long total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new RamProfile { TotalBytes = total, AvailableBytes = total };
    }
}
