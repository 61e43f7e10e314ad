using LocalLlm.Hardware;

namespace LocalLlm.Tests.Hardware;

/// <summary>Machines that are not at hand, as their backends and drivers would report them.</summary>
public sealed class GpuJoinTests
{
    private const long GiB = 1L << 30;
    private const long MiB = 1L << 20;

    // R1: through a 32-bit field a card has 4 GiB at most.
    [Theory]
    [InlineData(12)]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(96)]
    public void A_card_s_memory_is_told_whole(int gib)
    {
        GpuProfile backend = Single([Gpu("CUDA0", "CUDA", gib * GiB, (gib * GiB) - MiB, "0000:01:00.0")], []);
        GpuProfile driver = Single([Gpu("CUDA0", "CUDA", 0, 0, "0000:01:00.0")], [Nvidia("0000:01:00.0", gib * GiB, (gib * GiB) - (2 * MiB))]);

        Assert.Equal((gib * GiB, (gib * GiB) - MiB, "CUDA"), (backend.TotalBytes, backend.FreeBytes, backend.FreeBytesSource));
        Assert.Equal((gib * GiB, (gib * GiB) - (2 * MiB), "NVML"), (driver.TotalBytes, driver.FreeBytes, driver.FreeBytesSource));
    }

    // R2: the lists come in any order and with more in one than in the other.
    [Fact]
    public void Cards_and_drivers_are_matched_by_address_in_every_order()
    {
        NativeDevice[] devices =
        [
            Gpu("CUDA0", "CUDA", 24 * GiB, 23 * GiB, "0000:81:00.0"),
            Gpu("CUDA1", "CUDA", 8 * GiB, 7 * GiB, "0000:01:00.0"),
            Gpu("Vulkan0", "Vulkan", 16 * GiB, 15 * GiB, "0000:00:02.0", NativeDeviceType.IntegratedGpu),
            Gpu("Vulkan1", "Vulkan", 8 * GiB, 8 * GiB, "0000:01:00.0"),
            new("CPU", "a processor", "CPU", NativeDeviceType.Cpu, 64 * GiB, 64 * GiB, null),
        ];
        DriverGpu[] drivers = [Nvidia("0000:01:00.0", 8 * GiB, 5 * GiB), Nvidia("0000:81:00.0", 24 * GiB, 20 * GiB), Nvidia("0000:c1:00.0", 48 * GiB, 48 * GiB)];
        foreach (NativeDevice[] order in Orders(devices))
        {
            foreach (DriverGpu[] told in Orders(drivers))
            {
                (IReadOnlyList<GpuProfile> gpus, IReadOnlyList<string> warnings) = GpuJoin.Of(order, told, 64 * GiB);

                Assert.Equal(["CUDA1", "CUDA0", "Vulkan0"], gpus.Select(g => g.Name));
                Assert.Equal([5 * GiB, 20 * GiB, 15 * GiB], gpus.Select(g => g.FreeBytes!.Value));
                Assert.Contains("0000:c1:00.0", Assert.Single(warnings), StringComparison.Ordinal);
            }
        }
    }

    // R3: which one wins is not a matter of the vendor's name or of the order.
    [Fact]
    public void A_discrete_card_comes_before_the_processor_s_own_gpu()
    {
        GpuProfile[] gpus = Join(
            [
                Gpu("Vulkan0", "Vulkan", 32 * GiB, 30 * GiB, "0000:00:02.0", NativeDeviceType.IntegratedGpu, "Intel(R) Iris(R) Xe Graphics"),
                Gpu("Vulkan1", "Vulkan", 8 * GiB, 7 * GiB, "0000:01:00.0", description: "NVIDIA GeForce RTX 4060"),
            ],
            []);

        Assert.Equal(["Vulkan1", "Vulkan0"], gpus.Select(g => g.Name));
        Assert.Equal([(GpuType.Discrete, false), (GpuType.Integrated, true)], gpus.Select(g => (g.Type, g.IsUnified)));
    }

    // R5: Metal calls it a GPU, with 70 % of the machine's memory.
    [Theory]
    [InlineData(12, 11, "Metal's recommended working set (sysctl iogpu.wired_limit_mb)")]
    [InlineData(8, 8, "the system's available memory")]
    public void Apple_s_gpu_shares_the_memory_and_is_bounded_by_whatever_is_less(int availableGib, int freeGib, string source)
    {
        (IReadOnlyList<GpuProfile> gpus, _) = GpuJoin.Of([Gpu("MTL0", "MTL", 11 * GiB, 11 * GiB, null, description: "Apple M3")], [], availableGib * GiB);

        GpuProfile gpu = Assert.Single(gpus);
        Assert.Equal((GpuType.Integrated, true, freeGib * GiB, source), (gpu.Type, gpu.IsUnified, gpu.FreeBytes, gpu.FreeBytesSource));
        Assert.Equal(GpuSizeRules.Metal, gpu.SizeRules);
    }

    // R6: what a driver lends to a card of the system's memory is none of the card's.
    [Fact]
    public void Lent_memory_is_not_counted_for_a_card_with_its_own()
    {
        DriverGpu driver = new("amdgpu", "0000:03:00.0", null) { TotalBytes = 8 * GiB, FreeBytes = 7 * GiB, SharedTotalBytes = 16 * GiB, SharedFreeBytes = 16 * GiB };

        GpuProfile gpu = Single([Gpu("Vulkan0", "Vulkan", 8 * GiB, 8 * GiB, "0000:03:00.0")], [driver]);

        Assert.Equal((8 * GiB, 7 * GiB, false), (gpu.TotalBytes, gpu.FreeBytes, gpu.IsUnified));
    }

    // R7: 0 of 0 is what a backend says when it does not know.
    [Theory]
    [InlineData(NativeDeviceType.Gpu)]
    [InlineData(NativeDeviceType.IntegratedGpu)]
    public void A_size_that_is_not_known_is_a_warning(NativeDeviceType type)
    {
        (IReadOnlyList<GpuProfile> gpus, IReadOnlyList<string> warnings) = GpuJoin.Of([Gpu("SYCL0", "SYCL", 0, 0, null, type)], [], 8 * GiB);

        Assert.Equal((null, null, null), (gpus[0].TotalBytes, gpus[0].FreeBytes, gpus[0].FreeBytesSource));
        Assert.Contains("SYCL0", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_card_is_known_to_be_full() =>
        Assert.Equal((8 * GiB, 0L), Sizes(Single([Gpu("CUDA0", "CUDA", 8 * GiB, 0, "0000:01:00.0")], [])));

    [Fact]
    public void A_card_that_several_backends_show_counts_once_with_cuda_first()
    {
        GpuProfile[] gpus = Join(
            [Gpu("Vulkan0", "Vulkan", 24 * GiB, 24 * GiB, "0000:01:00.0"), Gpu("CUDA0", "CUDA", 24 * GiB, 23 * GiB, "0000:01:00.0")],
            []);

        Assert.Equal("CUDA0", Assert.Single(gpus).Name);
    }

    [Fact]
    public void A_backend_that_knows_no_addresses_shows_the_same_card_by_its_product()
    {
        GpuProfile[] gpus = Join(
            [Gpu("Vulkan0", "Vulkan", 24 * GiB, 24 * GiB, null, description: "a card"), Gpu("CUDA0", "CUDA", 24 * GiB, 23 * GiB, "0000:01:00.0", description: "a card"),
             Gpu("Vulkan1", "Vulkan", 8 * GiB, 8 * GiB, null, description: "another")],
            []);

        Assert.Equal(["CUDA0", "Vulkan1"], gpus.Select(g => g.Name));
    }

    // lavapipe shows one processor as two devices.
    [Theory]
    [InlineData(null)]
    [InlineData("0000:00:00.0")]
    public void Devices_of_one_backend_stay_apart(string? id)
    {
        GpuProfile[] gpus = Join([Gpu("Vulkan1", "Vulkan", 2 * GiB, 2 * GiB, id), Gpu("Vulkan0", "Vulkan", 2 * GiB, 2 * GiB, id)], []);

        Assert.Equal(["Vulkan0", "Vulkan1"], gpus.Select(g => g.Name));
    }

    [Fact]
    public void Slices_of_a_card_are_not_given_the_whole_card_s_memory()
    {
        DriverGpu driver = Nvidia("0000:01:00.0", 80 * GiB, 79 * GiB);

        Assert.Equal((10 * GiB, 9 * GiB), Sizes(Single([Gpu("CUDA0", "CUDA", 10 * GiB, 9 * GiB, "0000:01:00.0")], [driver])));
        Assert.All(
            Join([Gpu("CUDA0", "CUDA", 40 * GiB, 39 * GiB, "0000:01:00.0"), Gpu("CUDA1", "CUDA", 40 * GiB, 38 * GiB, "0000:01:00.0")], [driver]),
            g => Assert.Equal("CUDA", g.FreeBytesSource));
    }

    // The firmware's share is not part of the system's memory; GTT is.
    [Theory]
    [InlineData(1, 15, 28, 16, true)]
    [InlineData(1, 30, 12, 12, true)]
    [InlineData(96, 16, 28, 96, false)]
    public void An_amd_chip_has_its_share_and_the_lent_memory_or_a_large_share_alone(int ownGib, int lentGib, int availableGib, int freeGib, bool isUnified)
    {
        DriverGpu driver = new("amdgpu", "0000:c5:00.0", null)
        {
            TotalBytes = ownGib * GiB, FreeBytes = ownGib * GiB, SharedTotalBytes = lentGib * GiB, SharedFreeBytes = lentGib * GiB,
        };

        (IReadOnlyList<GpuProfile> gpus, _) = GpuJoin.Of(
            [Gpu("Vulkan0", "Vulkan", 16 * GiB, 16 * GiB, "0000:c5:00.0", NativeDeviceType.IntegratedGpu)], [driver], availableGib * GiB);

        Assert.Equal((freeGib * GiB, isUnified), (gpus[0].FreeBytes, gpus[0].IsUnified));
    }

    [Fact]
    public void The_smaller_of_two_figures_counts_and_never_more_than_there_is()
    {
        Assert.Equal((24 * GiB, 20 * GiB), Sizes(Single([Gpu("CUDA0", "CUDA", 24 * GiB, 20 * GiB, "0000:01:00.0")], [Nvidia("0000:01:00.0", 24 * GiB, 22 * GiB)])));
        Assert.Equal((24 * GiB, 24 * GiB), Sizes(Single([Gpu("CUDA0", "CUDA", 24 * GiB, 25 * GiB, "0000:01:00.0")], [])));
    }

    [Theory]
    [InlineData("00000000:C1:00.0", "0000:c1:00.0")]
    [InlineData("0000:c1:00.0", "0000:c1:00.0")]
    [InlineData("C1:00.1", "0000:c1:00.1")]
    [InlineData("00010000:01:1F.7", "10000:01:1f.7")]
    [InlineData("gpu0", null)]
    [InlineData("CUDA0", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Addresses_are_one_however_they_are_written(string? text, string? address) => Assert.Equal(address, PciAddress.Normalize(text));

    private static NativeDevice Gpu(
        string name, string backend, long total, long free, string? id, NativeDeviceType type = NativeDeviceType.Gpu, string? description = null) =>
        new(name, description ?? $"{name}'s product", backend, type, free, total, id);

    private static DriverGpu Nvidia(string id, long total, long free) => new("NVML", id, "NVIDIA card") { TotalBytes = total, FreeBytes = free };

    private static GpuProfile[] Join(NativeDevice[] devices, DriverGpu[] drivers)
    {
        (IReadOnlyList<GpuProfile> gpus, IReadOnlyList<string> warnings) = GpuJoin.Of(devices, drivers, 64 * GiB);
        Assert.Empty(warnings);
        return [.. gpus];
    }

    private static GpuProfile Single(NativeDevice[] devices, DriverGpu[] drivers) => Assert.Single(Join(devices, drivers));

    private static (long?, long?) Sizes(GpuProfile gpu) => (gpu.TotalBytes, gpu.FreeBytes);

    private static IEnumerable<T[]> Orders<T>(T[] items) => items.Length <= 1
        ? [items]
        : items.SelectMany((item, i) => Orders<T>([.. items[..i], .. items[(i + 1)..]]).Select(rest => (T[])[item, .. rest]));
}
