using LocalLlm.Hardware;

namespace LocalLlm;

/// <summary>The memory and the processors of a machine: this one, or any other that is written as text.</summary>
/// <remarks>Plain data: no native library is needed to plan for a machine that is described.</remarks>
public sealed record HardwareProfile
{
    /// <summary>The GPUs, discrete ones first, then by PCI address. <c>gpu0</c> is the first of them.</summary>
    public IReadOnlyList<GpuProfile> Gpus { get; init; } = [];

    /// <summary>The system's memory.</summary>
    public required RamProfile Ram { get; init; }

    /// <summary>The processor.</summary>
    public CpuProfile Cpu { get; init; } = new();

    /// <summary>The disk of the path that was asked for; null: none was.</summary>
    public DiskProfile? Disk { get; init; }

    /// <summary>What a person should know: a GPU whose memory is not known, a card that no backend drives.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Looks at this machine, at this moment.</summary>
    /// <remarks>What models of this process are about to take is not free. Asking for GPUs loads llama.cpp, and a CUDA device is opened by it, so that what it takes is not counted as free.</remarks>
    /// <param name="options">What to look at; null: GPUs, memory and processor.</param>
    /// <exception cref="NativeLibraryException">llama.cpp can't be loaded, and GPUs are asked for.</exception>
    public static HardwareProfile Detect(HardwareDetectionOptions? options = null)
    {
        options ??= new HardwareDetectionOptions();
        // The devices before the drivers: opening one takes memory.
        IReadOnlyList<NativeDevice> devices = options.IncludeGpus ? NativeRuntime.Load().Devices : [];
        IReadOnlyList<DriverGpu> drivers = options.IncludeGpus ? [.. Nvml.Read(), .. AmdDriver.Read()] : [];
        CpuProfile cpu = Processor.Detect();
        RamProfile ram = SystemMemory.Detect();
        ram = ram with { AvailableBytes = MemoryClaim.Free(MemoryClaim.Ram, ram.AvailableBytes, null) };
        (IReadOnlyList<GpuProfile> gpus, IReadOnlyList<string> warnings) = GpuJoin.Of(devices, drivers, ram.AvailableBytes);
        gpus = [.. gpus.Select(gpu => gpu is { FreeBytes: { } free, IsUnified: false } ? gpu with { FreeBytes = MemoryClaim.Free(gpu.Name, free, gpu.TotalBytes) } : gpu)];
        return new HardwareProfile
        {
            Gpus = gpus,
            Ram = options.MeasureMemory ? ram with { BytesPerSecond = MemorySpeed.Measure(cpu.UsableCores, ram.AvailableBytes) } : ram,
            Cpu = cpu,
            Disk = options.DiskPath is { Length: > 0 } path ? Disks.Of(path, options.MeasureDisk) : null,
            Warnings = warnings,
        };
    }

    /// <summary>Reads a machine written as text, such as <c>gpu0=24GiB,gpu1=8GiB@vulkan,ram=64GiB,cores=8</c>.</summary>
    /// <param name="text">
    /// Entries KEY=VALUE with commas between, in any order: <c>gpu0</c> and so on, <c>ram</c>, which must be there,
    /// <c>cores</c> (1 where it is missing), <c>bandwidth</c> of the memory and <c>disk</c> in bytes per second such as 3GB/s.
    /// Sizes are such as 24GiB (1024s) or 1.5GB (1000s); FREE/TOTAL where less is free, <c>unknown</c> for a GPU whose size is
    /// not known. A GPU's size may be followed by <c>@</c> and its backend (CUDA where it is missing), then <c>+integrated</c>
    /// and <c>+unified</c>.
    /// </param>
    /// <exception cref="ArgumentException">The text is something else. The message names the entry, its place and what is accepted.</exception>
    public static HardwareProfile Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ProfileText.Parse(text);
    }

    /// <summary>The machine as text that <see cref="Parse"/> reads: sizes, backends and cores, to the byte, without names.</summary>
    public override string ToString() => ProfileText.Of(this);

    /// <summary>The machine for a reader: lines of text.</summary>
    public string ToReport() => ProfileReport.Of(this);

    /// <summary>The position of a GPU that is called <c>gpu0</c>, by ggml's name or by PCI address; null where there is none.</summary>
    /// <exception cref="ArgumentException">Several have that address.</exception>
    internal int? FindGpu(string device)
    {
        string? id = PciAddress.Normalize(device);
        int[] found = [.. Enumerable.Range(0, Gpus.Count).Where(i =>
            device.Equals($"gpu{i}", StringComparison.OrdinalIgnoreCase)
            || device.Equals(Gpus[i].Name, StringComparison.OrdinalIgnoreCase)
            || (id is not null && id == PciAddress.Normalize(Gpus[i].Id)))];
        return found.Length <= 1
            ? found.Cast<int?>().FirstOrDefault()
            : throw new ArgumentException($"'{device}' is the address of several GPUs: say {string.Join(" or ", found.Select(i => $"gpu{i}"))}.");
    }

    /// <summary>The names that a device can be called by, for a message.</summary>
    internal string DeviceNames() =>
        string.Join(", ", Gpus.Select((g, i) => $"gpu{i}{(g.Name == $"gpu{i}" ? "" : $" ({g.Name}{(g.Id is null ? "" : $", {g.Id}")})")}").Append("ram (or cpu)"));
}
