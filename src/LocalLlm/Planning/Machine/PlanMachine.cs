using System.Collections.Frozen;
using LocalLlm.Hardware;

namespace LocalLlm.Planning;

/// <summary>The machine as the planner sees it.</summary>
internal sealed record PlanMachine
{
    /// <summary>Types that some processor repacks (ggml-cpu/repack.cpp): where the processor is not known, any of them may be copied.</summary>
    private static readonly FrozenSet<GgmlType> AnyRepacked = FrozenSet.Create(
        GgmlType.Q4_0, GgmlType.IQ4_NL, GgmlType.Q8_0, GgmlType.MXFP4,
        GgmlType.Q2_K, GgmlType.Q3_K, GgmlType.Q4_K, GgmlType.Q5_K, GgmlType.Q6_K);

    /// <summary>The GPUs, in the order of the profile. Default none.</summary>
    public IReadOnlyList<PlanDevice> Devices { get; init; } = [];

    /// <summary>Bytes of RAM that are available, within every limit of the container.</summary>
    public required long RamBytes { get; init; }

    /// <summary>Who bounds <see cref="RamBytes"/>, such as a container; null for nobody.</summary>
    public string? RamLimitedBy { get; init; }

    /// <summary>Bytes of RAM that something else will need. Default 0.</summary>
    public long RamReserveBytes { get; init; }

    /// <summary>Bytes that the model's disk reads in a second; null where it was not measured.</summary>
    public long? DiskBytesPerSecond { get; init; }

    /// <summary>Types of weights that the processor's extra buffers copy into another layout.</summary>
    public IReadOnlySet<GgmlType> RepackedTypes { get; init; } = AnyRepacked;

    /// <summary>Index of a device by any of its names; <see cref="Placement.Host"/> for the processor, null for an unknown one.</summary>
    public int? DeviceOf(string name)
    {
        if (MemoryLimits.IsRam(name))
        {
            return Placement.Host;
        }

        for (int i = 0; i < Devices.Count; i++)
        {
            if (Is(Devices[i].Name) || Devices[i].OtherNames.Any(Is))
            {
                return i;
            }
        }

        return null;

        bool Is(string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>How the buffers of a device, by its index, round sizes.</summary>
    public GpuSizeRules RulesOf(int device) => device == Placement.Host ? GpuSizeRules.Host : Devices[device].Rules;

    /// <summary>The names of all devices, for a person.</summary>
    public string DeviceNames => string.Join(", ", Devices.Select(device => device.Name).Append("cpu"));

    /// <summary>ggml's name of a device by its index.</summary>
    public string NativeNameOf(int device) => device == Placement.Host ? MemoryClaim.Ram : Devices[device].NativeName;

    /// <summary>The name of a device by its index.</summary>
    public string NameOf(int device) => device == Placement.Host ? "cpu" : Devices[device].Name;
}
