namespace LocalLlm.Hardware;

/// <summary>The disk that a path lies on.</summary>
internal static class Disks
{
    internal static DiskProfile? Of(string path, bool measure)
    {
        string? existing = Path.GetFullPath(path);
        while (existing is not null && !Path.Exists(existing))
        {
            existing = Path.GetDirectoryName(existing);
        }

        if (existing is null || Disk(existing) is not { } disk)
        {
            return null;
        }

        return measure && File.Exists(path) ? disk with { BytesPerSecond = DiskSpeed.Measure(path) } : disk;
    }

    private static DiskProfile? Disk(string path)
    {
        try
        {
            // On Linux any path stands for its disk.
            DriveInfo? drive = OperatingSystem.IsLinux() ? new DriveInfo(path)
                : DriveInfo.GetDrives().Where(d => path.StartsWith(d.Name, StringComparison.OrdinalIgnoreCase)).MaxBy(d => d.Name.Length);
            if (drive is null)
            {
                return null;
            }

            DiskProfile disk = new()
            {
                MountPoint = drive.Name,
                FileSystem = drive.DriveFormat,
                FreeBytes = drive.AvailableFreeSpace,
                IsNetwork = drive.DriveType == DriveType.Network,
            };
            return OperatingSystem.IsLinux() ? LinuxDisk.Complete(disk, path, "") : disk;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
