namespace LocalLlm;

/// <summary>The disk that a path lies on.</summary>
public sealed record DiskProfile
{
    /// <summary>Where the file system is mounted, such as <c>/</c> or <c>C:\</c>.</summary>
    public required string MountPoint { get; init; }

    /// <summary>The file system, such as <c>ext4</c>; empty where it is not known.</summary>
    public string FileSystem { get; init; } = "";

    /// <summary>Space that this user can still fill, in bytes.</summary>
    public long FreeBytes { get; init; }

    /// <summary>It has turning plates, so that reading here and there is slow; null where the system does not say.</summary>
    public bool? IsRotational { get; init; }

    /// <summary>It is reached over a network.</summary>
    public bool IsNetwork { get; init; }

    /// <summary>Measured bandwidth of reading a file past the page cache, in bytes per second; null: not measured.</summary>
    public long? BytesPerSecond { get; init; }
}
