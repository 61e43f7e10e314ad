namespace LocalLlm.Cli;

/// <summary>The hardware profile, and what the backends themselves report.</summary>
internal sealed record HardwareJson(
    string Release, string Directory, IReadOnlyList<DeviceJson> Devices, IReadOnlyList<FailureJson> Failures,
    string Spec, IReadOnlyList<GpuJson> Gpus, RamProfile Ram, CpuProfile Cpu, DiskProfile? Disk, IReadOnlyList<string> Warnings)
{
    internal static HardwareJson Of(NativeRuntime runtime, HardwareProfile profile) => new(
        runtime.Release, runtime.Directory,
        [.. runtime.Devices.Select(d => new DeviceJson(d.Name, d.Description, d.Backend, d.Type.ToString(), d.FreeBytes, d.TotalBytes, d.Id))],
        [.. runtime.Failures.Select(f => new FailureJson(f.Path, f.Reason))],
        profile.ToString(), [.. profile.Gpus.Select(GpuJson.Of)], profile.Ram, profile.Cpu, profile.Disk, profile.Warnings);
}

internal sealed record DeviceJson(string Name, string Description, string Backend, string Type, long FreeBytes, long TotalBytes, string? Id);

internal sealed record FailureJson(string Path, string Reason);

internal sealed record GpuJson(
    string Name, string Description, string Backend, string Type, string? Id, long? TotalBytes, long? FreeBytes, string? FreeBytesSource, bool IsUnified,
    string? DriverVersion)
{
    internal static GpuJson Of(GpuProfile gpu) => new(
        gpu.Name, gpu.Description, gpu.Backend, gpu.Type.ToString(), gpu.Id, gpu.TotalBytes, gpu.FreeBytes, gpu.FreeBytesSource, gpu.IsUnified,
        gpu.DriverVersion);
}
