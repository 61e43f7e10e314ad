using System.Globalization;
using System.Runtime.InteropServices;
using LocalLlm.Hardware;

namespace LocalLlm.Tests.Hardware;

/// <summary>This very machine.</summary>
public sealed class DetectTests
{
    private const long MiB = 1L << 20;
    private const long GiB = 1L << 30;

    private static readonly HardwareProfile Here = HardwareProfile.Detect();

    [Fact]
    public void Memory_is_what_proc_tells()
    {
        Requirement.Meet("linux", OperatingSystem.IsLinux(), "There is no /proc.");
        RamProfile ram = HardwareProfile.Detect(new HardwareDetectionOptions { IncludeGpus = false }).Ram;
        string[] lines = File.ReadAllLines("/proc/meminfo");

        Assert.Equal(Kilobytes(lines, "MemTotal:") * 1024, ram.TotalBytes);
        // Others take and give memory meanwhile.
        Assert.InRange(ram.AvailableBytes, 1, (Kilobytes(lines, "MemAvailable:") * 1024) + (2 * GiB));
        Assert.Equal(ram.LimitBytes is null, ram.LimitedBy is null);
    }

    [Fact]
    public void The_processor_is_what_proc_tells()
    {
        Requirement.Meet("linux", OperatingSystem.IsLinux(), "There is no /proc.");
        string[] lines = File.ReadAllLines("/proc/cpuinfo");

        Assert.Equal(lines.Count(l => l.StartsWith("processor", StringComparison.Ordinal)), Here.Cpu.LogicalCores);
        Assert.InRange(Here.Cpu.PhysicalCores, Here.Cpu.UsableCores, Here.Cpu.LogicalCores);
        Assert.Equal(ProcessorCores.Usable, Here.Cpu.UsableCores);
        Assert.NotEmpty(Here.Cpu.Name);
        Assert.All(InstructionSets.OfRuntime(), set => Assert.Contains(set, Here.Cpu.InstructionSets));
    }

    [Fact]
    public void The_gpus_are_the_runtime_s()
    {
        NativeDevice[] devices = [.. NativeRuntime.Load().Devices.Where(d => d.Type is NativeDeviceType.Gpu or NativeDeviceType.IntegratedGpu)];

        Assert.All(Here.Gpus, gpu => Assert.Contains(devices, d => d.Name == gpu.Name && d.Description == gpu.Description && d.Backend == gpu.Backend));
        Assert.All(devices, d => Assert.True(Here.Gpus.Any(g => g.Name == d.Name) || Here.Gpus.Any(g => g.Id is not null && g.Id == PciAddress.Normalize(d.Id))));
        Assert.Equal(Enumerable.Range(0, Here.Gpus.Count).Cast<int?>(), Here.Gpus.Select(g => Here.FindGpu(g.Name)));
    }

    [Fact]
    public void Lavapipe_s_two_devices_stay_apart()
    {
        Requirement.Meet("vulkan", NativeLibrary.TryLoad("libvulkan.so.1", out _), "There is no Vulkan loader (libvulkan1, mesa-vulkan-drivers).");
        GpuProfile[] vulkan = [.. Here.Gpus.Where(g => g.Backend == "Vulkan")];

        Assert.Equal(["Vulkan0", "Vulkan1"], vulkan.Select(g => g.Name));
        Assert.All(vulkan, g => Assert.Equal((2 * GiB, 2 * GiB, GpuSizeRules.Vulkan), (g.TotalBytes, g.FreeBytes, g.SizeRules)));
    }

    [Fact]
    public void The_profile_is_written_and_read()
    {
        HardwareProfile read = HardwareProfile.Parse(Here.ToString());

        Assert.Equal(Here.ToString(), read.ToString());
        Assert.Equal(Here.Ram.AvailableBytes, read.Ram.AvailableBytes);
        Assert.Contains(Here.Cpu.Name, Here.ToReport(), StringComparison.Ordinal);
    }

    [Fact]
    public void Disk_and_bandwidths_are_told_when_asked_for()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("model.gguf");
        byte[] block = new byte[64 * MiB];
        new Random(1).NextBytes(block);
        File.WriteAllBytes(file, block);

        HardwareProfile measured = HardwareProfile.Detect(
            new HardwareDetectionOptions { IncludeGpus = false, DiskPath = file, MeasureDisk = true, MeasureMemory = true });
        HardwareProfile future = HardwareProfile.Detect(
            new HardwareDetectionOptions { IncludeGpus = false, DiskPath = folder.File("not/yet/there.gguf"), MeasureDisk = true });

        Assert.Empty(measured.Gpus);
        Assert.True(measured.Ram.BytesPerSecond > 100 * MiB);
        // Not every file system has a way past its cache.
        Assert.True(measured.Disk!.BytesPerSecond is null or > 0);
        Assert.InRange(measured.Disk.FreeBytes, 1, long.MaxValue);
        Assert.NotEmpty(measured.Disk.FileSystem);
        Assert.StartsWith(measured.Disk.MountPoint, file, StringComparison.Ordinal);
        Assert.Equal(measured.Disk.MountPoint, future.Disk!.MountPoint);
        Assert.Null(future.Disk.BytesPerSecond);
        Assert.Null(future.Ram.BytesPerSecond);
        Assert.Null(Here.Disk);
    }

    private static long Kilobytes(string[] lines, string key) =>
        long.Parse(lines.Single(l => l.StartsWith(key, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
