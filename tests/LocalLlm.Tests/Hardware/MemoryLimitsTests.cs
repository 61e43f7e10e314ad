using LocalLlm.Hardware;

namespace LocalLlm.Tests.Hardware;

public sealed class MemoryLimitsTests
{
    private const long GiB = 1L << 30;

    private static readonly HardwareProfile Machine = new()
    {
        Gpus =
        [
            new GpuProfile { Name = "CUDA1", Id = "0000:01:00.0" },
            new GpuProfile { Name = "CUDA0", Id = "0000:81:00.0" },
            new GpuProfile { Name = "Vulkan0", Id = "0000:00:00.0" },
            new GpuProfile { Name = "Vulkan1", Id = "0000:00:00.0" },
        ],
        Ram = new RamProfile { TotalBytes = 64 * GiB, AvailableBytes = 60 * GiB },
    };

    [Theory]
    [InlineData("gpu0=10GiB,gpu1=8GiB,cpu=30GiB")]
    [InlineData("CUDA1=10GiB, cuda0 = 8GiB ,ram=30GiB")]
    [InlineData("00000000:01:00.0=10GiB,81:00.0=8GiB,RAM=30GiB")]
    public void Devices_are_named_by_position_by_name_or_by_address(string text)
    {
        DeviceLimits limits = MemoryLimits.Parse(text).For(Machine);

        Assert.Equal([10 * GiB, 8 * GiB, null, null], limits.Gpus);
        Assert.Equal(30 * GiB, limits.Ram);
    }

    [Fact]
    public void A_device_without_a_limit_has_none()
    {
        DeviceLimits limits = new MemoryLimits().For(Machine);

        Assert.All(limits.Gpus, Assert.Null);
        Assert.Null(limits.Ram);
    }

    [Theory]
    [InlineData("gpu4=1GiB", "'gpu4'", "gpu0 (CUDA1, 0000:01:00.0)", "ram (or cpu)")]
    [InlineData("Metal=1GiB", "'Metal'", "gpu3 (Vulkan1")]
    [InlineData("gpu0=1GiB,CUDA1=2GiB", "'CUDA1'", "already")]
    [InlineData("ram=1GiB,cpu=2GiB", "'cpu'", "already")]
    [InlineData("0000:00:00.0=1GiB", "several", "gpu2 or gpu3")]
    public void A_device_that_is_not_there_or_named_twice_is_told(string text, params string[] told)
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => MemoryLimits.Parse(text).For(Machine));

        Assert.All(told, t => Assert.Contains(t, refused.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "''", "DEVICE=SIZE")]
    [InlineData("gpu0=1GiB,gpu0=2GiB", "'gpu0=2GiB' at character 11", "twice")]
    [InlineData("gpu0=1", "'1' is no size", "GiB")]
    [InlineData("gpu0:1GiB", "'gpu0:1GiB' at character 1", "DEVICE=SIZE")]
    public void Text_that_is_no_limit_is_told_with_its_place(string text, params string[] told)
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => MemoryLimits.Parse(text));

        Assert.All(told, t => Assert.Contains(t, refused.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Limits_are_plain_data_and_written_as_they_are_read()
    {
        MemoryLimits limits = new() { Devices = new Dictionary<string, long> { ["gpu0"] = 10 * GiB, ["ram"] = 12345 } };

        Assert.Equal("gpu0=10GiB,ram=12345B", limits.ToString());
        Assert.Equal(limits.Devices, MemoryLimits.Parse(limits.ToString()).Devices);
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryLimits { Devices = new Dictionary<string, long> { ["gpu0"] = -1 } }.For(Machine));
    }
}
