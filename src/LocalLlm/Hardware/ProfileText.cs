using System.Globalization;
using System.Text;

namespace LocalLlm.Hardware;

/// <summary>A profile as text, with all that a plan needs: <c>gpu0=20GiB/24GiB@cuda,ram=60GiB/64GiB,cores=8</c>.</summary>
internal static class ProfileText
{
    private const string Accepted =
        "gpu0=SIZE (gpu1=… and so on), ram=SIZE, cores=NUMBER, bandwidth=SIZE/s (of the memory) and disk=SIZE/s; where less is free than there is, FREE/TOTAL; after a GPU's size @BACKEND, +integrated and +unified";

    private const string Unknown = "unknown";
    private const string Integrated = "+integrated";
    private const string Unified = "+unified";

    internal static HardwareProfile Parse(string text)
    {
        SortedDictionary<int, GpuProfile> gpus = [];
        RamProfile? ram = null;
        long? bandwidth = null;
        long? disk = null;
        CpuProfile? cpu = null;
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        foreach (SpecEntry entry in SpecText.Entries(text, Accepted))
        {
            string key = entry.Key.ToLowerInvariant();
            if (!seen.Add(key))
            {
                throw entry.Error($"{entry.Key} is given twice");
            }

            switch (key)
            {
                case "ram":
                    (long available, long total) = FreeAndTotal(entry, entry.Value);
                    ram = new RamProfile { TotalBytes = total, AvailableBytes = available };
                    break;
                case "cores":
                    cpu = Cpu(entry);
                    break;
                case "bandwidth":
                    bandwidth = Speed(entry);
                    break;
                case "disk":
                    disk = Speed(entry);
                    break;
                case ['g', 'p', 'u', .. var number] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index):
                    gpus.Add(index, Gpu(entry, $"gpu{index}"));
                    break;
                default:
                    throw entry.Error($"there is no key '{entry.Key}'. Accepted is {Accepted}");
            }
        }

        if (gpus.Count > 0 && gpus.Keys.Last() != gpus.Count - 1)
        {
            int missing = Enumerable.Range(0, gpus.Count).First(i => !gpus.ContainsKey(i));
            throw new ArgumentException($"GPUs are numbered from 0 without a gap, but gpu{missing} is missing in '{text}'.");
        }

        return new HardwareProfile
        {
            Gpus = [.. gpus.Values],
            Ram = ram is not null ? ram with { BytesPerSecond = bandwidth } : throw new ArgumentException($"ram is missing in '{text}': add it as in ram=64GiB."),
            Cpu = cpu ?? new CpuProfile(),
            Disk = disk is null ? null : new DiskProfile { MountPoint = "", BytesPerSecond = disk },
        };
    }

    internal static string Of(HardwareProfile profile)
    {
        StringBuilder text = new();
        for (int i = 0; i < profile.Gpus.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"gpu{i}={Of(profile.Gpus[i])},");
        }

        text.Append(CultureInfo.InvariantCulture, $"ram={Of(profile.Ram.AvailableBytes, profile.Ram.TotalBytes)},cores={Of(profile.Cpu)}");
        if (profile.Ram.BytesPerSecond is { } bandwidth)
        {
            text.Append(CultureInfo.InvariantCulture, $",bandwidth={ByteSize.Exact(bandwidth)}/s");
        }

        if (profile.Disk?.BytesPerSecond is { } disk)
        {
            text.Append(CultureInfo.InvariantCulture, $",disk={ByteSize.Exact(disk)}/s");
        }

        return text.ToString();
    }

    private static GpuProfile Gpu(SpecEntry entry, string name)
    {
        string text = entry.Value;
        bool isUnified = TakeEnd(ref text, Unified);
        bool isIntegrated = TakeEnd(ref text, Integrated);
        isUnified |= TakeEnd(ref text, Unified);
        string backend = GpuBackend.Cuda;
        if (text.IndexOf('@', StringComparison.Ordinal) is >= 0 and int at)
        {
            backend = GpuBackend.Parse(text[(at + 1)..])
                ?? throw entry.Error($"'{text[(at + 1)..]}' is no backend that is known. Known are {GpuBackend.Accepted}");
            text = text[..at];
        }

        bool isMetal = backend == GpuBackend.Metal;
        GpuProfile gpu = new()
        {
            Name = name,
            Backend = backend,
            Type = isIntegrated || isMetal ? GpuType.Integrated : GpuType.Discrete,
            IsUnified = isUnified || isMetal,
        };
        if (text.Equals(Unknown, StringComparison.OrdinalIgnoreCase))
        {
            return gpu;
        }

        (long free, long total) = FreeAndTotal(entry, text);
        return gpu with { FreeBytes = free, TotalBytes = total };
    }

    private static string Of(GpuProfile gpu)
    {
        string size = gpu.FreeBytes is { } free ? Of(free, gpu.TotalBytes ?? free) : Unknown;
        string backend = GpuBackend.TextOf(gpu.Backend) is { } text ? $"@{text}" : "";
        bool isMetal = gpu.Backend == GpuBackend.Metal;
        string integrated = gpu.Type == GpuType.Integrated && !isMetal ? Integrated : "";
        string unified = gpu.IsUnified && !isMetal ? Unified : "";
        return $"{size}{backend}{integrated}{unified}";
    }

    private static CpuProfile Cpu(SpecEntry entry)
    {
        string[] sides = entry.Value.Split('/', 2, StringSplitOptions.TrimEntries);
        bool isNumber = int.TryParse(sides[0], NumberStyles.None, CultureInfo.InvariantCulture, out int usable);
        isNumber &= int.TryParse(sides[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int physical);
        return isNumber && usable > 0 && usable <= physical
            ? new CpuProfile { UsableCores = usable, PhysicalCores = physical, LogicalCores = physical }
            : throw entry.Error("cores takes a number of physical cores such as 8, or USABLE/PHYSICAL such as 4/8");
    }

    private static string Of(CpuProfile cpu) => string.Create(
        CultureInfo.InvariantCulture, $"{cpu.UsableCores}{(cpu.UsableCores == cpu.PhysicalCores ? "" : $"/{cpu.PhysicalCores}")}");

    private static long Speed(SpecEntry entry) =>
        entry.Value.EndsWith("/s", StringComparison.OrdinalIgnoreCase)
            ? entry.Size(entry.Value[..^2])
            : throw entry.Error("a bandwidth is a size per second, such as 50GB/s");

    private static (long Free, long Total) FreeAndTotal(SpecEntry entry, string text)
    {
        string[] sides = text.Split('/', 2, StringSplitOptions.TrimEntries);
        long free = entry.Size(sides[0]);
        long total = entry.Size(sides[^1]);
        return free <= total ? (free, total) : throw entry.Error("more is free than there is: it is FREE/TOTAL");
    }

    private static string Of(long free, long total) => free == total ? ByteSize.Exact(total) : $"{ByteSize.Exact(free)}/{ByteSize.Exact(total)}";

    private static bool TakeEnd(ref string text, string end)
    {
        if (!text.EndsWith(end, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        text = text[..^end.Length];
        return true;
    }
}
