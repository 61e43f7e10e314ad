namespace LocalLlm;

/// <summary>What <see cref="HardwareProfile.Detect"/> looks at.</summary>
public sealed record HardwareDetectionOptions
{
    /// <summary>Ask the backends for GPUs, which loads llama.cpp's libraries. True by default.</summary>
    public bool IncludeGpus { get; init; } = true;

    /// <summary>A file or folder whose disk is described; one that does not exist yet stands for its nearest folder. Null: none.</summary>
    public string? DiskPath { get; init; }

    /// <summary>Measure the disk by reading the file in <see cref="DiskPath"/>, for about half a second. A folder, or a file below 16 MiB, can't be measured.</summary>
    public bool MeasureDisk { get; init; }

    /// <summary>Measure the memory's read bandwidth, for about a quarter of a second with all usable cores.</summary>
    public bool MeasureMemory { get; init; }
}
