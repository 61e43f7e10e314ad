namespace LocalLlm.Hardware;

/// <summary>What is free where files are written.</summary>
internal static class DiskSpace
{
    private const int NoSpaceLeft = 28;
    private const int LinuxQuota = 122;
    private const int MacQuota = 69;
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Free bytes on the disk of a folder that need not exist yet; null where the system does not tell.</summary>
    public static long? FreeBytes(string folder) => Disks.Of(folder, measure: false)?.FreeBytes;

    /// <summary>Whether an error of writing says that the disk, or the user's share of it, is full.</summary>
    public static bool IsFull(IOException exception) =>
        exception.HResult is WindowsDiskFull or WindowsHandleDiskFull
        || (!OperatingSystem.IsWindows() && exception.HResult is NoSpaceLeft or LinuxQuota or MacQuota);
}
