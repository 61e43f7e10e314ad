using LocalLlm.Hardware;

namespace LocalLlm.Tests.Hardware;

public sealed class LinuxDiskTests : IDisposable
{
    private readonly FakeRoot _root = new();

    public LinuxDiskTests()
    {
        _root["/proc/self/mountinfo"] =
            """
            26 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
            30 26 8:17 / /data rw shared:1 master:2 - xfs /dev/sdb1 rw
            31 26 0:40 /sub /data/my\040models rw - btrfs /dev/nvme0n1p2 rw
            32 26 0:50 / /net rw - nfs4 server:/export rw
            33 26 0:51 / /shadow rw - ext4 /dev/sdb1 rw
            34 26 0:52 / /shadow rw - tmpfs tmpfs rw
            """;
        _root["/sys/devices/sda/queue/rotational"] = "1";
        _root["/sys/devices/sda/sda1/partition"] = "1";
        _root["/sys/devices/sdb/queue/rotational"] = "0";
        _root["/sys/devices/sdb/sdb1/partition"] = "1";
        _root["/sys/devices/nvme0n1/queue/rotational"] = "0";
        _root["/sys/devices/nvme0n1/nvme0n1p2/partition"] = "2";
        _root.Link("/sys/dev/block/8:1", "/sys/devices/sda/sda1");
        _root.Link("/sys/dev/block/8:17", "/sys/devices/sdb/sdb1");
        _root.Link("/sys/class/block/nvme0n1p2", "/sys/devices/nvme0n1/nvme0n1p2");
    }

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("/home/someone/model.gguf", "/", "ext4", true, false)]
    [InlineData("/data", "/data", "xfs", false, false)]
    [InlineData("/database/model.gguf", "/", "ext4", true, false)]
    [InlineData("/data/my models/model.gguf", "/data/my models", "btrfs", false, false)]
    [InlineData("/net/model.gguf", "/net", "nfs4", null, true)]
    [InlineData("/shadow/model.gguf", "/shadow", "tmpfs", null, false)]
    public void A_path_s_disk_is_the_longest_mount_above_it(string path, string point, string fileSystem, bool? isRotational, bool isNetwork)
    {
        DiskProfile disk = LinuxDisk.Complete(new DiskProfile { MountPoint = "?", FreeBytes = 7 }, path, $"{_root}");

        Assert.Equal(new DiskProfile { MountPoint = point, FileSystem = fileSystem, IsRotational = isRotational, IsNetwork = isNetwork, FreeBytes = 7 }, disk);
    }

    [Fact]
    public void Where_the_mounts_are_hidden_the_disk_stays_as_it_was()
    {
        DiskProfile disk = new() { MountPoint = "/x", FileSystem = "ext3", FreeBytes = 7 };

        Assert.Equal(disk, LinuxDisk.Complete(disk, "/x", $"{_root}/nowhere"));
    }
}
