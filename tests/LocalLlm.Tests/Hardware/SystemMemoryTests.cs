using LocalLlm.Hardware;

namespace LocalLlm.Tests.Hardware;

public sealed class SystemMemoryTests : IDisposable
{
    private const long GiB = 1L << 30;

    private readonly FakeRoot _root = new();

    public SystemMemoryTests() => _root["/proc/meminfo"] =
        $"MemTotal:       {32 * GiB / 1024} kB\nMemFree:  1024 kB\nMemAvailable:   {24 * GiB / 1024} kB\nSwapTotal:   {2 * GiB / 1024} kB";

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Without_a_limit_it_is_what_the_kernel_calls_available()
    {
        RamProfile ram = LinuxMemory.Read($"{_root}")!;

        Assert.Equal(new RamProfile { TotalBytes = 32 * GiB, AvailableBytes = 24 * GiB, SwapBytes = 2 * GiB }, ram);
    }

    // The group: 8 GiB, 3 GiB used, 2 GiB of it page cache.
    [Theory]
    [InlineData("max", "max", "max", 24L * GiB, null)]
    [InlineData("8589934592", "max", "max", 7L * GiB, "memory.max of the control group /pod/box")]
    [InlineData("8589934592", "4294967296", "max", 3L * GiB, "memory.high of the control group /pod/box")]
    [InlineData("8589934592", "max", "5368709120", 1L * GiB, "memory.max of the control group /pod")]
    [InlineData("1073741824", "max", "max", 0, "memory.max of the control group /pod/box")]
    [InlineData("64424509440", "max", "max", 24L * GiB, null)]
    public void Every_level_of_control_groups_bounds_it_and_page_cache_does_not_count(string max, string high, string parent, long available, string? by)
    {
        const string groups = "/sys/fs/cgroup";
        _root["/proc/self/cgroup"] = "0::/pod/box";
        _root[$"{groups}/pod/box/memory.max"] = max;
        _root[$"{groups}/pod/box/memory.high"] = high;
        _root[$"{groups}/pod/box/memory.current"] = $"{3 * GiB}";
        _root[$"{groups}/pod/box/memory.stat"] = $"anon 1\ninactive_file {GiB}\nactive_file {GiB}";
        _root[$"{groups}/pod/memory.max"] = parent;
        _root[$"{groups}/pod/memory.current"] = $"{4 * GiB}";

        RamProfile ram = LinuxMemory.Read($"{_root}")!;

        Assert.Equal((available, by), (ram.AvailableBytes, ram.LimitedBy));
        Assert.Equal(by is null, ram.LimitBytes is null);
        Assert.Equal(32 * GiB, ram.TotalBytes);
    }

    // The path is the host's, the container sees its own group as the root.
    [Theory]
    [InlineData("9223372036854771712", 24L * GiB)]
    [InlineData("6442450944", 5L * GiB)]
    public void Version_1_has_a_tree_per_controller_and_a_huge_number_for_no_limit(string limit, long available)
    {
        _root["/proc/self/cgroup"] = "5:devices:/\n4:memory:/docker/1f2e\n0::/";
        _root["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = limit;
        _root["/sys/fs/cgroup/memory/memory.usage_in_bytes"] = $"{2 * GiB}";
        _root["/sys/fs/cgroup/memory/memory.stat"] = $"cache 9\ninactive_file 0\ntotal_inactive_file {GiB}\ntotal_active_file 0";

        Assert.Equal(available, LinuxMemory.Read($"{_root}")!.AvailableBytes);
    }

    [Theory]
    [InlineData("0::/box", "/sys/fs/cgroup/box/cpu.max", "150000 100000", 1.5)]
    [InlineData("0::/box", "/sys/fs/cgroup/box/cpu.max", "max 100000", null)]
    [InlineData("0::/box", "/sys/fs/cgroup/cpu.max", "200000 100000", 2.0)]
    [InlineData("3:cpu,cpuacct:/box", "/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "-1", null)]
    [InlineData("3:cpu,cpuacct:/box", "/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "400000", 4.0)]
    public void The_control_groups_limit_the_processor_too(string self, string file, string value, double? cores)
    {
        _root["/proc/self/cgroup"] = self;
        _root[file] = value;
        _root["/sys/fs/cgroup/cpu/box/cpu.cfs_period_us"] = "100000";

        Assert.Equal(cores, ControlGroups.CoreLimit($"{_root}"));
    }

    [Fact]
    public void Where_proc_is_hidden_nothing_is_known() => Assert.Null(LinuxMemory.Read($"{_root}/nowhere"));

    [Fact]
    public void On_windows_what_can_be_committed_bounds_it()
    {
        RamProfile free = WindowsMemory.Of(16 * GiB, 10 * GiB, 20 * GiB, 12 * GiB);
        RamProfile committed = WindowsMemory.Of(16 * GiB, 10 * GiB, 20 * GiB, 3 * GiB);

        Assert.Equal((10 * GiB, null, 4 * GiB), (free.AvailableBytes, free.LimitBytes, free.SwapBytes));
        Assert.Equal((3 * GiB, 20 * GiB), (committed.AvailableBytes, committed.LimitBytes));
        Assert.Contains("commit", committed.LimitedBy, StringComparison.Ordinal);
    }

    [Fact]
    public unsafe void On_macos_pages_that_are_free_or_can_be_are_available()
    {
        RamProfile ram = AppleMemory.Of(16 * GiB, 16384, free: 65536, inactive: 131072, purgeable: 65536);

        Assert.Equal((16 * GiB, 4 * GiB), (ram.TotalBytes, ram.AvailableBytes));
        // HOST_VM_INFO64_COUNT of the header is 38 integers.
        Assert.Equal(38 * sizeof(int), sizeof(AppleMemory.vm_statistics64));
    }
}
