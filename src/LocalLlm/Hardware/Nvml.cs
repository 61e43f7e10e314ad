using System.Runtime.InteropServices;
using System.Text;

namespace LocalLlm.Hardware;

/// <summary>
/// NVIDIA's management library (nvml.h), which comes with the driver: memory of every card with 64-bit numbers, for all
/// processes, and without opening the card. Where it is absent there is no NVIDIA card, or no driver.
/// </summary>
internal sealed unsafe class Nvml
{
    private const int Success = 0;
    private const int NameSize = 96;                // NVML_DEVICE_NAME_V2_BUFFER_SIZE
    private const int VersionSize = 80;             // NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE

    private readonly nint _library;

    private Nvml(nint library) => _library = library;

    internal static IReadOnlyList<DriverGpu> Read() => Read(
        OperatingSystem.IsWindows() ? [Path.Combine(Environment.SystemDirectory, "nvml.dll")]
        : OperatingSystem.IsLinux() ? ["libnvidia-ml.so.1", "/usr/lib/wsl/lib/libnvidia-ml.so.1"]
        : []);

    /// <summary>The cards that the first of the libraries which loads tells of.</summary>
    internal static IReadOnlyList<DriverGpu> Read(IEnumerable<string> libraries)
    {
        foreach (string path in libraries)
        {
            if (NativeLibrary.TryLoad(path, out nint library))
            {
                try
                {
                    return new Nvml(library).ReadCards();
                }
                catch (EntryPointNotFoundException)
                {
                    // A driver from before these functions tells nothing.
                    return [];
                }
                finally
                {
                    NativeLibrary.Free(library);
                }
            }
        }

        return [];
    }

    private List<DriverGpu> ReadCards()
    {
        List<DriverGpu> cards = [];
        if (((delegate* unmanaged<int>)Export("nvmlInit_v2"))() != Success)
        {
            return cards;
        }

        try
        {
            uint count = 0;
            string? version = DriverVersion();
            if (((delegate* unmanaged<uint*, int>)Export("nvmlDeviceGetCount_v2"))(&count) != Success)
            {
                return cards;
            }

            for (uint i = 0; i < count; i++)
            {
                nint device;
                if (((delegate* unmanaged<uint, nint*, int>)Export("nvmlDeviceGetHandleByIndex_v2"))(i, &device) == Success && Card(device, version) is { } card)
                {
                    cards.Add(card);
                }
            }

            return cards;
        }
        finally
        {
            _ = ((delegate* unmanaged<int>)Export("nvmlShutdown"))();
        }
    }

    private DriverGpu? Card(nint device, string? version)
    {
        nvmlPciInfo_t pci = default;
        if (((delegate* unmanaged<nint, nvmlPciInfo_t*, int>)Export("nvmlDeviceGetPciInfo_v3"))(device, &pci) != Success
            || PciAddress.Normalize(Text(pci.busId)) is not { } id)
        {
            return null;
        }

        byte* name = stackalloc byte[NameSize];
        bool isNamed = ((delegate* unmanaged<nint, byte*, uint, int>)Export("nvmlDeviceGetName"))(device, name, NameSize) == Success;
        // Not supported where the card has no memory of its own, not permitted where it is cut in slices.
        nvmlMemory_t memory = default;
        bool isSized = ((delegate* unmanaged<nint, nvmlMemory_t*, int>)Export("nvmlDeviceGetMemoryInfo"))(device, &memory) == Success;
        return new DriverGpu("NVML", id, isNamed ? Text(name) : null)
        {
            TotalBytes = isSized ? (long)memory.total : 0,
            FreeBytes = isSized ? (long)memory.free : 0,
            DriverVersion = version,
        };
    }

    private string? DriverVersion()
    {
        byte* version = stackalloc byte[VersionSize];
        return ((delegate* unmanaged<byte*, uint, int>)Export("nvmlSystemGetDriverVersion"))(version, VersionSize) == Success ? Text(version) : null;
    }

    private nint Export(string name) => NativeLibrary.GetExport(_library, name);

    private static string Text(byte* text) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    [StructLayout(LayoutKind.Sequential)]
    private struct nvmlMemory_t
    {
        public ulong total;
        public ulong free;
        public ulong used;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct nvmlPciInfo_t
    {
        public fixed byte busIdLegacy[16];
        public uint domain;
        public uint bus;
        public uint device;
        public uint pciDeviceId;
        public uint pciSubSystemId;
        public fixed byte busId[32];
    }
}
