using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace LocalLlm.Hardware;

/// <summary>The processor of this machine.</summary>
internal static class Processor
{
    internal static CpuProfile Detect() => new()
    {
        Name = Name() ?? "",
        PhysicalCores = ProcessorCores.Physical,
        UsableCores = ProcessorCores.Usable,
        LogicalCores = ProcessorCores.Logical,
        CoreLimit = OperatingSystem.IsLinux() ? ControlGroups.CoreLimit("") : null,
        InstructionSets = OperatingSystem.IsLinux() ? InstructionSets.OfLinux("") : InstructionSets.OfRuntime(),
    };

    private static string? Name() =>
        OperatingSystem.IsLinux() ? LinuxName("")
        : OperatingSystem.IsMacOS() ? AppleSystem.Text("machdep.cpu.brand_string")
        : X86Base.IsSupported ? BrandString()
        : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");

    /// <summary>On Arm the kernel knows no name of the processor: the board's stands for it.</summary>
    internal static string? LinuxName(string root) =>
        TextFile.Value(TextFile.Lines($"{root}/proc/cpuinfo"), "model name")
        ?? TextFile.Lines($"{root}/sys/firmware/devicetree/base/model").FirstOrDefault()?.TrimEnd('\0');

    // Intel's and AMD's manuals: 48 bytes in three leaves.
    private static string? BrandString()
    {
        const int largest = unchecked((int)0x8000_0000);
        const int last = unchecked((int)0x8000_0004);
        if ((uint)X86Base.CpuId(largest, 0).Eax < unchecked((uint)last))
        {
            return null;
        }

        byte[] text = new byte[48];
        for (int leaf = 0; leaf < 3; leaf++)
        {
            (int eax, int ebx, int ecx, int edx) = X86Base.CpuId(largest + 2 + leaf, 0);
            ReadOnlySpan<int> registers = [eax, ebx, ecx, edx];
            MemoryMarshal.AsBytes(registers).CopyTo(text.AsSpan(leaf * 16));
        }

        return Encoding.ASCII.GetString(text).TrimEnd('\0').Trim();
    }
}
