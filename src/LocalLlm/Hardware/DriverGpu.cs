namespace LocalLlm.Hardware;

/// <summary>A card as its vendor's driver tells of it, for all processes together.</summary>
/// <param name="Source">Who tells: <c>NVML</c> or <c>amdgpu</c>.</param>
/// <param name="Id">The PCI address.</param>
/// <param name="Name">The product's name; null where the driver does not tell.</param>
internal sealed record DriverGpu(string Source, string Id, string? Name)
{
    /// <summary>The card's own memory, in bytes; 0 where the driver does not tell.</summary>
    internal long TotalBytes { get; init; }

    /// <summary>What of its own memory is free, in bytes.</summary>
    internal long FreeBytes { get; init; }

    /// <summary>The system's memory that the driver lends to the card beside its own, in bytes.</summary>
    internal long SharedTotalBytes { get; init; }

    /// <summary>What of the lent memory is not taken yet, in bytes.</summary>
    internal long SharedFreeBytes { get; init; }

    internal string? DriverVersion { get; init; }
}
