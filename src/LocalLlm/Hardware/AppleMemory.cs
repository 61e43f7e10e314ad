using System.Runtime.InteropServices;

namespace LocalLlm.Hardware;

/// <summary>Memory as macOS tells of it: pages that are free, or that the kernel takes back when needed.</summary>
internal static unsafe partial class AppleMemory
{
    private const int HostVmInfo64 = 4;                                 // HOST_VM_INFO64 of mach/host_info.h
    private const int KernSuccess = 0;

    /// <summary>Null where the kernel does not tell.</summary>
    internal static RamProfile? Read()
    {
        vm_statistics64 pages;
        uint count = (uint)(sizeof(vm_statistics64) / sizeof(int));
        return AppleSystem.Number("hw.memsize") is { } total && AppleSystem.Number("hw.pagesize") is { } pageSize
            && host_statistics64(mach_host_self(), HostVmInfo64, &pages, &count) == KernSuccess
            ? Of(total, pageSize, pages.free_count, pages.inactive_count, pages.purgeable_count)
            : null;
    }

    internal static RamProfile Of(long total, long pageSize, long free, long inactive, long purgeable) => new()
    {
        TotalBytes = total,
        AvailableBytes = Math.Min(total, (free + inactive + purgeable) * pageSize),
    };

    [LibraryImport("libSystem.dylib")]
    private static partial uint mach_host_self();

    [LibraryImport("libSystem.dylib")]
    private static partial int host_statistics64(uint host_priv, int flavor, vm_statistics64* host_info_out, uint* host_info_outCnt);

    // mach/vm_statistics.h
    [StructLayout(LayoutKind.Sequential)]
    internal struct vm_statistics64
    {
        public uint free_count;
        public uint active_count;
        public uint inactive_count;
        public uint wire_count;
        public ulong zero_fill_count;
        public ulong reactivations;
        public ulong pageins;
        public ulong pageouts;
        public ulong faults;
        public ulong cow_faults;
        public ulong lookups;
        public ulong hits;
        public ulong purges;
        public uint purgeable_count;
        public uint speculative_count;
        public ulong decompressions;
        public ulong compressions;
        public ulong swapins;
        public ulong swapouts;
        public uint compressor_page_count;
        public uint throttled_count;
        public uint external_page_count;
        public uint internal_page_count;
        public ulong total_uncompressed_pages_in_compressor;
    }
}
