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
    public static long? FreeBytes(string folder)
    {
        string? existing = folder;
        while (existing is not null && !Directory.Exists(existing))
        {
            existing = Path.GetDirectoryName(existing);
        }

        if (existing is null)
        {
            return null;
        }

        try
        {
            return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(existing)! : existing).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A share, say: the disk itself will tell when it is full.
            return null;
        }
    }

    public static bool IsFull(IOException exception) =>
        exception.HResult is WindowsDiskFull or WindowsHandleDiskFull
        || (!OperatingSystem.IsWindows() && exception.HResult is NoSpaceLeft or LinuxQuota or MacQuota);
}
