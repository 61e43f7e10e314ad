using FsCheck;
using FsCheck.Fluent;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Hardware;

public sealed class HardwareProfileTests
{
    private const long GiB = 1L << 30;

    [Fact]
    public void A_machine_is_read_from_text()
    {
        HardwareProfile machine = HardwareProfile.Parse("gpu0=24GiB, gpu1=6GiB/8GiB@vulkan ,RAM=1.5GB/64GiB,cores=6/8,bandwidth=50GB/s,disk=3.5GB/s");

        Assert.Equal(["gpu0", "gpu1"], machine.Gpus.Select(g => g.Name));
        Assert.Equal([(24 * GiB, 24 * GiB), (6 * GiB, 8 * GiB)], machine.Gpus.Select(g => (g.FreeBytes!.Value, g.TotalBytes!.Value)));
        Assert.Equal([GpuSizeRules.Cuda, GpuSizeRules.Vulkan], machine.Gpus.Select(g => g.SizeRules));
        Assert.Equal((1_500_000_000, 64 * GiB, 50_000_000_000), (machine.Ram.AvailableBytes, machine.Ram.TotalBytes, machine.Ram.BytesPerSecond));
        Assert.Equal((6, 8), (machine.Cpu.UsableCores, machine.Cpu.PhysicalCores));
        Assert.Equal(3_500_000_000, machine.Disk!.BytesPerSecond);
    }

    [Theory]
    [InlineData("gpu0=24GiB@metal,ram=64GiB", GpuType.Integrated, true)]
    [InlineData("gpu0=24GiB@vulkan+integrated,ram=64GiB", GpuType.Integrated, false)]
    [InlineData("gpu0=24GiB+unified,ram=64GiB", GpuType.Discrete, true)]
    [InlineData("gpu0=24GiB+unified+integrated,ram=64GiB", GpuType.Integrated, true)]
    [InlineData("gpu0=unknown@ROCm,ram=64GiB", GpuType.Discrete, false)]
    public void A_gpu_may_be_part_of_the_chip_and_share_the_memory(string text, GpuType type, bool isUnified)
    {
        GpuProfile gpu = Assert.Single(HardwareProfile.Parse(text).Gpus);

        Assert.Equal((type, isUnified), (gpu.Type, gpu.IsUnified));
        Assert.Equal(text.Contains("unknown", StringComparison.Ordinal), gpu.FreeBytes is null);
    }

    [Theory]
    [InlineData("1TiB", 1L << 40)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("1.5 gib", 3L << 29)]
    [InlineData("2GB", 2_000_000_000)]
    [InlineData("512MiB", 512L << 20)]
    [InlineData("3MB", 3_000_000)]
    [InlineData("7KiB", 7168)]
    [InlineData("7KB", 7000)]
    [InlineData("12345B", 12345)]
    [InlineData("0B", 0)]
    [InlineData("0MB", 0)]
    [InlineData("2GiB", 2147483648)]
    public void Sizes_are_as_people_write_them(string text, long bytes) => Assert.Equal(bytes, HardwareProfile.Parse($"ram={text}").Ram.TotalBytes);

    [Theory]
    [InlineData("", "''", "character 1", "ram=SIZE")]
    [InlineData("gpu0=24GiB", "ram is missing", "ram=64GiB")]
    [InlineData("ram=64GiB,gpu0", "'gpu0' at character 11", "KEY=VALUE")]
    [InlineData("ram=64GiB,gpu0=24", "'gpu0=24' at character 11", "'24' is no size", "GiB")]
    [InlineData("ram=64GX", "'64GX' is no size", "1.5GB")]
    [InlineData("ram=5MBB", "'5MBB' is no size")]
    [InlineData("ram=-1GiB", "'-1GiB' is no size")]
    [InlineData("ram=99999999999TiB", "is no size")]
    [InlineData("ram=64GiB,vram=3GiB", "no key 'vram'", "gpu0=SIZE")]
    [InlineData("ram=64GiB,gpu1=3GiB", "gpu0 is missing")]
    [InlineData("ram=64GiB,gpu=3GiB", "no key 'gpu'")]
    [InlineData("ram=64GiB,RAM=3GiB", "'RAM=3GiB' at character 11", "twice")]
    [InlineData("ram=64GiB,gpu0=3GiB@vulcan", "'vulcan'", "cuda, rocm")]
    [InlineData("ram=64GiB/32GiB", "more is free")]
    [InlineData("ram=64GiB,cores=0", "4/8")]
    [InlineData("ram=64GiB,cores=9/8", "4/8")]
    [InlineData("ram=64GiB,disk=3GB", "3GB", "50GB/s")]
    public void What_is_wrong_is_told_with_its_place_and_what_is_accepted(string text, params string[] told)
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => HardwareProfile.Parse(text));

        Assert.All(told, t => Assert.Contains(t, refused.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gpu0=24GiB@cuda,gpu1=6GiB/8GiB@vulkan,ram=64GiB,cores=8")]
    [InlineData("gpu0=unknown@rocm,ram=61000001B/64GiB,cores=6/8,bandwidth=50000000KiB/s,disk=1B/s")]
    [InlineData("gpu0=11GiB/12GiB@metal,ram=16GiB,cores=4")]
    [InlineData("gpu0=3GiB@vulkan+integrated+unified,ram=0B,cores=1")]
    public void Text_is_written_as_it_is_read(string text) => Assert.Equal(text, HardwareProfile.Parse(text).ToString());

    [Fact]
    public void Any_machine_is_the_same_for_a_plan_when_written_and_read() => PropertyRun.Check(Machines(), machine =>
    {
        HardwareProfile read = HardwareProfile.Parse(machine.ToString());

        Assert.Equal(machine.Gpus.Select(Relevant), read.Gpus.Select(Relevant));
        Assert.Equal((machine.Ram.TotalBytes, machine.Ram.AvailableBytes, machine.Ram.BytesPerSecond), (read.Ram.TotalBytes, read.Ram.AvailableBytes, read.Ram.BytesPerSecond));
        Assert.Equal((machine.Cpu.UsableCores, machine.Cpu.PhysicalCores), (read.Cpu.UsableCores, read.Cpu.PhysicalCores));
        Assert.Equal(machine.Disk?.BytesPerSecond, read.Disk?.BytesPerSecond);
    });

    [Fact]
    public void The_report_tells_everything()
    {
        HardwareProfile machine = new()
        {
            Gpus = [new GpuProfile { Name = "CUDA0", Description = "a card", Id = "0000:01:00.0", TotalBytes = 24 * GiB, FreeBytes = 20 * GiB, FreeBytesSource = "NVML", DriverVersion = "570.1" }],
            Ram = new RamProfile { TotalBytes = 64 * GiB, AvailableBytes = 3 * GiB, LimitBytes = 4 * GiB, LimitedBy = "memory.max of the control group /box", SwapBytes = GiB },
            Cpu = new CpuProfile { Name = "a processor", PhysicalCores = 8, UsableCores = 4, LogicalCores = 16, CoreLimit = 3.5, InstructionSets = ["AVX2", "FMA"] },
            Disk = new DiskProfile { MountPoint = "/data", FileSystem = "ext4", FreeBytes = 9 * GiB, IsRotational = false, BytesPerSecond = 2 * GiB },
            Warnings = ["something to know"],
        };

        Assert.Equal(
            """
            gpu0  a card (CUDA0), 20.0 GiB free of 24.0 GiB (NVML), CUDA, discrete, 0000:01:00.0, driver 570.1
            ram   3.0 GiB available of 64.0 GiB, limited to 4.0 GiB by memory.max of the control group /box, 1.0 GiB of swap, not used
            cpu   a processor, 4 of 8 cores usable, 16 hardware threads, limited to 3.5 cores, AVX2 FMA
            disk  /data: 9.0 GiB free, ext4, not rotational, reads 2.0 GiB/s
            note  something to know

            """,
            machine.ToReport());
    }

    private static object Relevant(GpuProfile gpu) => (gpu.Type, gpu.IsUnified, gpu.FreeBytes, gpu.FreeBytes is null ? null : gpu.TotalBytes, gpu.SizeRules);

    private static Gen<HardwareProfile> Machines()
    {
        Gen<long> bytes = Gen.OneOf(Gen.Choose(0, int.MaxValue).Select(n => (long)n), Gen.Choose(0, 1024).Select(n => n * GiB), Gen.Choose(0, 1 << 20).Select(n => (long)n << 20));
        Gen<long?> speed = Gen.OneOf(Gen.Constant((long?)null), bytes.Select(b => (long?)b));
        Gen<GpuProfile> gpu =
            from backend in Gen.Elements("CUDA", "Vulkan", "MTL", "ROCm", "SomethingNew")
            from integrated in Gen.Elements(true, false)
            from unified in Gen.Elements(true, false)
            from free in speed
            from taken in bytes
            let isMetal = backend == "MTL"
            select new GpuProfile
            {
                Name = $"{backend}0",
                Backend = backend,
                Type = integrated || isMetal ? GpuType.Integrated : GpuType.Discrete,
                IsUnified = unified || isMetal,
                FreeBytes = free,
                TotalBytes = free + taken,
            };
        return
            from count in Gen.Choose(0, 9)
            from gpus in gpu.ArrayOf(count)
            from free in bytes
            from taken in bytes
            from usable in Gen.Choose(1, 256)
            from others in Gen.Choose(0, 256)
            from memory in speed
            from disk in speed
            select new HardwareProfile
            {
                Gpus = gpus,
                Ram = new RamProfile { AvailableBytes = free, TotalBytes = free + taken, BytesPerSecond = memory },
                Cpu = new CpuProfile { UsableCores = usable, PhysicalCores = usable + others },
                Disk = disk is null ? null : new DiskProfile { MountPoint = "/", BytesPerSecond = disk },
            };
    }
}
