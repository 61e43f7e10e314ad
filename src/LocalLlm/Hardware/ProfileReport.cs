using System.Globalization;
using System.Text;

namespace LocalLlm.Hardware;

/// <summary>A profile for a reader, one line per thing.</summary>
internal static class ProfileReport
{
    internal static string Of(HardwareProfile profile)
    {
        StringBuilder text = new();
        for (int i = 0; i < profile.Gpus.Count; i++)
        {
            Line(text, $"gpu{i}", Gpu(profile.Gpus[i]));
        }

        Line(text, "ram", Ram(profile.Ram));
        Line(text, "cpu", Cpu(profile.Cpu));
        if (profile.Disk is { } disk)
        {
            Line(text, "disk", Disk(disk));
        }

        foreach (string warning in profile.Warnings)
        {
            Line(text, "note", warning);
        }

        return text.ToString();
    }

    private static void Line(StringBuilder text, string name, string value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name,-6}{value}\n");

    private static string Gpu(GpuProfile gpu)
    {
        string size = gpu.FreeBytes is { } free
            ? $"{ByteSize.Short(free)} free of {ByteSize.Short(gpu.TotalBytes ?? free)} ({gpu.FreeBytesSource ?? "as given"})"
            : "memory not known";
        return Join(
            gpu.Description.Length > 0 ? $"{gpu.Description} ({gpu.Name})" : gpu.Name,
            size,
            gpu.Backend,
            gpu.Type == GpuType.Integrated ? "integrated" : "discrete",
            gpu.IsUnified ? "shares the system's memory" : null,
            gpu.Id,
            gpu.DriverVersion is { } version ? $"driver {version}" : null);
    }

    private static string Ram(RamProfile ram) => Join(
        $"{ByteSize.Short(ram.AvailableBytes)} available of {ByteSize.Short(ram.TotalBytes)}",
        ram.LimitBytes is { } limit ? $"limited to {ByteSize.Short(limit)} by {ram.LimitedBy}" : null,
        ram.SwapBytes > 0 ? $"{ByteSize.Short(ram.SwapBytes)} of swap, not used" : null,
        ram.BytesPerSecond is { } speed ? $"reads {ByteSize.Short(speed)}/s" : null);

    private static string Cpu(CpuProfile cpu) => Join(
        cpu.Name.Length > 0 ? cpu.Name : null,
        string.Create(CultureInfo.InvariantCulture, $"{cpu.UsableCores} of {cpu.PhysicalCores} cores usable"),
        string.Create(CultureInfo.InvariantCulture, $"{cpu.LogicalCores} hardware threads"),
        cpu.CoreLimit is { } limit ? string.Create(CultureInfo.InvariantCulture, $"limited to {limit:0.##} cores") : null,
        cpu.InstructionSets.Count > 0 ? string.Join(' ', cpu.InstructionSets) : null);

    private static string Disk(DiskProfile disk) => Join(
        disk.MountPoint.Length > 0 ? $"{disk.MountPoint}: {ByteSize.Short(disk.FreeBytes)} free" : null,
        disk.FileSystem.Length > 0 ? disk.FileSystem : null,
        disk.IsRotational switch { true => "rotational", false => "not rotational", null => null },
        disk.IsNetwork ? "over a network" : null,
        disk.BytesPerSecond is { } speed ? $"reads {ByteSize.Short(speed)}/s" : null);

    private static string Join(params ReadOnlySpan<string?> parts) => string.Join(", ", parts.ToArray().Where(p => p is not null));
}
