using System.Diagnostics;
using LocalLlm.Hardware;

namespace LocalLlm.Tests.Hardware;

public sealed class DriverTests
{
    private const long GiB = 1L << 30;

    [Fact]
    public void Amd_s_driver_tells_of_its_cards_in_files()
    {
        using FakeRoot root = new();
        root["/sys/class/drm/card0/device/uevent"] = "DRIVER=amdgpu\nPCI_ID=1002:744C\nPCI_SLOT_NAME=0000:03:00.0";
        root["/sys/class/drm/card0/device/mem_info_vram_total"] = $"{24 * GiB}";
        root["/sys/class/drm/card0/device/mem_info_vram_used"] = $"{2 * GiB}";
        root["/sys/class/drm/card0/device/mem_info_gtt_total"] = $"{32 * GiB}";
        root["/sys/class/drm/card0/device/mem_info_gtt_used"] = $"{GiB}";
        root["/sys/class/drm/card0-DP-1/status"] = "connected";
        root["/sys/class/drm/card1/device/uevent"] = "DRIVER=i915\nPCI_SLOT_NAME=0000:00:02.0";

        DriverGpu card = Assert.Single(AmdDriver.Read($"{root}"));

        Assert.Equal(("amdgpu", "0000:03:00.0"), (card.Source, card.Id));
        Assert.Equal((24 * GiB, 22 * GiB, 32 * GiB, 31 * GiB), (card.TotalBytes, card.FreeBytes, card.SharedTotalBytes, card.SharedFreeBytes));
    }

    [Fact]
    public void Without_a_driver_there_are_no_cards()
    {
        using TemporaryFolder folder = new();

        Assert.Empty(AmdDriver.Read($"{folder}"));
        Assert.Empty(Nvml.Read([folder.File("libnvidia-ml.so.1")]));
    }

    // The second card is cut in slices: its memory is not told (3 is NVML_ERROR_NOT_SUPPORTED). The third one's handle is refused.
    [Fact]
    public void Nvidia_s_library_is_asked_for_each_card()
    {
        using TemporaryFolder folder = new();
        Compile(folder, "libnvidia-ml.so.1", """
            #include <string.h>
            typedef struct { char legacy[16]; unsigned domain, bus, device, id, subsystem; char bus_id[32]; } pci_info;
            typedef struct { unsigned long long total, free, used; } memory_info;
            static char cards[2];
            int nvmlInit_v2(void) { return 0; }
            int nvmlShutdown(void) { return 0; }
            int nvmlSystemGetDriverVersion(char * version, unsigned length) { strncpy(version, "570.86.15", length); return 0; }
            int nvmlDeviceGetCount_v2(unsigned * count) { *count = 3; return 0; }
            int nvmlDeviceGetHandleByIndex_v2(unsigned i, void ** device) { if (i > 1) return 4; *device = &cards[i]; return 0; }
            int nvmlDeviceGetName(void * device, char * name, unsigned length) { strncpy(name, "NVIDIA RTX PRO 6000", length); return 0; }
            int nvmlDeviceGetPciInfo_v3(void * device, pci_info * pci) { strcpy(pci->bus_id, device == &cards[0] ? "00000000:C1:00.0" : "00000000:01:00.0"); return 0; }
            int nvmlDeviceGetMemoryInfo(void * device, memory_info * memory)
            {
                if (device != &cards[0]) return 3;
                memory->total = 96ULL << 30; memory->free = 90ULL << 30; memory->used = 6ULL << 30;
                return 0;
            }
            """);

        IReadOnlyList<DriverGpu> cards = Nvml.Read([folder.File("missing.so"), folder.File("libnvidia-ml.so.1")]);

        Assert.Equal(
            [
                new DriverGpu("NVML", "0000:c1:00.0", "NVIDIA RTX PRO 6000") { TotalBytes = 96 * GiB, FreeBytes = 90 * GiB, DriverVersion = "570.86.15" },
                new DriverGpu("NVML", "0000:01:00.0", "NVIDIA RTX PRO 6000") { DriverVersion = "570.86.15" },
            ],
            cards);
    }

    [Theory]
    [InlineData("int nvmlInit(void) { return 0; }")]
    [InlineData("int nvmlInit_v2(void) { return 9; }")]
    public void A_library_that_is_too_old_or_finds_no_driver_tells_of_none(string source)
    {
        using TemporaryFolder folder = new();
        Compile(folder, "libnvidia-ml.so.1", source);

        Assert.Empty(Nvml.Read([folder.File("libnvidia-ml.so.1")]));
    }

    private static void Compile(TemporaryFolder folder, string library, string source)
    {
        Requirement.Meet("gcc", OperatingSystem.IsLinux() && File.Exists("/usr/bin/gcc"), "There is no gcc.");
        string file = folder.File("source.c");
        File.WriteAllText(file, source);
        using Process gcc = Process.Start("gcc", ["-shared", "-fPIC", "-o", folder.File(library), file]);
        gcc.WaitForExit();
        Assert.Equal(0, gcc.ExitCode);
    }
}
