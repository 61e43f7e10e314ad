namespace LocalLlm.Hardware;

/// <summary>
/// Makes one list of GPUs of what ggml's backends and the vendors' drivers tell. They list cards in different orders and
/// not all of them, so cards are matched by PCI address alone, never by position.
/// </summary>
internal static class GpuJoin
{
    // A driver's figure stands for a device only if it is about the same memory: a slice of a card has less.
    private const double MostDifference = 0.1;

    private const string SystemMemory = "the system's available memory";
    private const string WorkingSet = "Metal's recommended working set (sysctl iogpu.wired_limit_mb)";

    internal static (IReadOnlyList<GpuProfile> Gpus, IReadOnlyList<string> Warnings) Of(
        IReadOnlyList<NativeDevice> devices, IReadOnlyList<DriverGpu> drivers, long availableRam)
    {
        List<NativeDevice> gpus = [.. devices.Where(d => d.Type is NativeDeviceType.Gpu or NativeDeviceType.IntegratedGpu)];
        List<NativeDevice> distinct = [.. gpus.Where(d => !IsSeenByBetter(d, gpus))];
        // A card that one backend shows as several devices is cut in slices, of which the driver knows nothing.
        HashSet<string> whole = [.. distinct.Select(Address).OfType<string>().GroupBy(id => id).Where(g => g.Count() == 1).Select(g => g.Key)];
        GpuProfile[] profiles =
        [
            .. distinct
                .Select(d => Profile(d, drivers.FirstOrDefault(g => whole.Contains(g.Id) && g.Id == Address(d)), availableRam))
                .OrderBy(p => p.Type)
                .ThenBy(p => p.Id is null)
                .ThenBy(p => p.Id, StringComparer.Ordinal)
                .ThenBy(p => GpuBackend.Rank(p.Backend))
                .ThenBy(p => p.Name.Length)
                .ThenBy(p => p.Name, StringComparer.Ordinal),
        ];

        return (profiles, [.. Unsized(profiles), .. Undriven(gpus, drivers)]);
    }

    // One card, two backends: the same address; or, where a backend does not know addresses, the same product.
    private static bool IsSeenByBetter(NativeDevice device, List<NativeDevice> all) => all.Any(other =>
        GpuBackend.Rank(other.Backend) < GpuBackend.Rank(device.Backend)
        && (Address(other) is { } a && Address(device) is { } b ? a == b : other.Description == device.Description));

    private static GpuProfile Profile(NativeDevice device, DriverGpu? driver, long availableRam)
    {
        bool isIntegrated = device.Type == NativeDeviceType.IntegratedGpu || device.Backend == GpuBackend.Metal;
        GpuProfile profile = new()
        {
            Name = device.Name,
            Description = device.Description.Length > 0 ? device.Description : driver?.Name ?? "",
            Backend = device.Backend,
            Type = isIntegrated ? GpuType.Integrated : GpuType.Discrete,
            Id = Address(device) ?? device.Id,
            IsUnified = isIntegrated,
            DriverVersion = driver?.DriverVersion,
        };
        GpuProfile sized = isIntegrated ? Unified(profile, device, driver, availableRam) : Discrete(profile, device, driver);
        return sized is { FreeBytes: > 0 and var free, TotalBytes: { } total } && free > total ? sized with { FreeBytes = total } : sized;
    }

    // Lent system memory is none of a card's: it is slow there, and missing here.
    private static GpuProfile Discrete(GpuProfile profile, NativeDevice device, DriverGpu? driver)
    {
        if (driver is not { TotalBytes: > 0 } || (device.TotalBytes > 0 && !IsClose(driver.TotalBytes, device.TotalBytes)))
        {
            return device is { TotalBytes: 0, FreeBytes: 0 }
                ? profile
                : profile with { TotalBytes = device.TotalBytes, FreeBytes = device.FreeBytes, FreeBytesSource = device.Backend };
        }

        // The smaller of the two: a backend may not see other processes, a driver not what a process may take.
        bool isDriver = device.TotalBytes == 0 || driver.FreeBytes <= device.FreeBytes;
        return profile with
        {
            TotalBytes = device.TotalBytes > 0 ? device.TotalBytes : driver.TotalBytes,
            FreeBytes = isDriver ? driver.FreeBytes : device.FreeBytes,
            FreeBytesSource = isDriver ? driver.Source : device.Backend,
        };
    }

    private static GpuProfile Unified(GpuProfile profile, NativeDevice device, DriverGpu? driver, long availableRam)
    {
        if (driver is { TotalBytes: > 0 })
        {
            // What the firmware set aside for the GPU is not part of the system's memory: alone it may be the larger pool.
            return driver.FreeBytes >= Math.Min(driver.FreeBytes + driver.SharedFreeBytes, availableRam)
                ? profile with { TotalBytes = driver.TotalBytes, FreeBytes = driver.FreeBytes, FreeBytesSource = driver.Source, IsUnified = false }
                : Bounded(profile, driver.TotalBytes + driver.SharedTotalBytes, driver.FreeBytes + driver.SharedFreeBytes, driver.Source, availableRam);
        }

        string source = device.Backend == GpuBackend.Metal ? WorkingSet : device.Backend;
        return device is { TotalBytes: 0, FreeBytes: 0 } ? profile : Bounded(profile, device.TotalBytes, device.FreeBytes, source, availableRam);
    }

    private static GpuProfile Bounded(GpuProfile profile, long total, long free, string source, long availableRam) => profile with
    {
        TotalBytes = total,
        FreeBytes = Math.Min(free, availableRam),
        FreeBytesSource = free <= availableRam ? source : SystemMemory,
    };

    private static IEnumerable<string> Unsized(GpuProfile[] gpus) =>
        from gpu in gpus
        where gpu.FreeBytes is null
        select $"{gpu.Name} ({gpu.Description}) does not tell its memory: nothing is planned on it.";

    private static IEnumerable<string> Undriven(List<NativeDevice> gpus, IReadOnlyList<DriverGpu> drivers) =>
        from driver in drivers
        where !gpus.Any(d => Address(d) == driver.Id)
        select $"{driver.Name ?? $"A GPU of the driver {driver.Source}"} at {driver.Id} is not used: no backend shows it. "
            + "Add the package LocalLlm.Backend.Vulkan or one of LocalLlm.Backend.Cuda, and see that no environment variable such as CUDA_VISIBLE_DEVICES hides it.";

    private static bool IsClose(long a, long b) => Math.Abs(a - b) <= MostDifference * Math.Max(a, b);

    private static string? Address(NativeDevice device) => PciAddress.Normalize(device.Id);
}
