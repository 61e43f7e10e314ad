using LocalLlm.Hardware;

namespace LocalLlm;

/// <summary>The most memory that may be used per device, such as <c>gpu0=10GiB,gpu1=10GiB,cpu=30GiB</c>.</summary>
public sealed record MemoryLimits
{
    private const string Accepted = "DEVICE=SIZE with commas between, where a device is gpu0 and so on, a name such as CUDA0, a PCI address, ram or cpu (which are the same)";

    /// <summary>
    /// Bytes by device: <c>gpu0</c> and so on, the position in <see cref="HardwareProfile.Gpus"/>; a backend's name such as
    /// <c>CUDA0</c>; a PCI address; <c>ram</c> or <c>cpu</c>, which are the same. A device without a limit has none.
    /// </summary>
    public IReadOnlyDictionary<string, long> Devices { get; init; } = new Dictionary<string, long>();

    /// <summary>Reads limits such as <c>gpu0=10GiB,gpu1=10GiB,cpu=30GiB</c>. Sizes are such as 24GiB (1024s) or 1.5GB (1000s).</summary>
    /// <exception cref="ArgumentException">The text is something else. The message names the entry, its place and what is accepted.</exception>
    public static MemoryLimits Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Dictionary<string, long> devices = new(StringComparer.OrdinalIgnoreCase);
        foreach (SpecEntry entry in SpecText.Entries(text, Accepted))
        {
            if (!devices.TryAdd(entry.Key, entry.Size(entry.Value)))
            {
                throw entry.Error($"{entry.Key} is given twice");
            }
        }

        return new MemoryLimits { Devices = devices };
    }

    /// <summary>The limits as text that <see cref="Parse"/> reads.</summary>
    public override string ToString() => string.Join(',', Devices.Select(d => $"{d.Key}={ByteSize.Exact(d.Value)}"));

    /// <summary>The limits of a machine's devices.</summary>
    /// <exception cref="ArgumentException">A device is not there, or is named twice.</exception>
    internal DeviceLimits For(HardwareProfile profile)
    {
        long?[] gpus = new long?[profile.Gpus.Count];
        long? ram = null;
        foreach ((string device, long bytes) in Devices)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(bytes, device);
            ref long? limit = ref ram;
            if (!IsRam(device))
            {
                limit = ref gpus[profile.FindGpu(device)
                    ?? throw new ArgumentException($"There is a memory limit for '{device}', but the machine has no such device. It has {profile.DeviceNames()}.")];
            }

            limit = limit is null
                ? bytes
                : throw new ArgumentException($"'{device}' has a memory limit already, under another name.");
        }

        return new DeviceLimits(gpus, ram);
    }

    /// <summary>The limits but those of GPUs.</summary>
    internal MemoryLimits WithoutGpus() => this with { Devices = Devices.Where(limit => IsRam(limit.Key)).ToDictionary() };

    /// <summary>Whether a name is the system's memory.</summary>
    internal static bool IsRam(string device) =>
        device.Equals("ram", StringComparison.OrdinalIgnoreCase) || device.Equals("cpu", StringComparison.OrdinalIgnoreCase);
}
