using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace LocalLlm.Hardware;

/// <summary>The instruction sets that ggml's CPU variants differ by.</summary>
internal static class InstructionSets
{
    // The name, and Linux's word for it in /proc/cpuinfo.
    private static readonly (string Name, string Flag)[] Known =
    [
        ("SSE4.2", "sse4_2"), ("AVX", "avx"), ("F16C", "f16c"), ("FMA", "fma"), ("BMI2", "bmi2"), ("AVX2", "avx2"), ("AVX-VNNI", "avx_vnni"),
        ("AVX512F", "avx512f"), ("AVX512BW", "avx512bw"), ("AVX512VBMI", "avx512vbmi"), ("AVX512-VNNI", "avx512_vnni"), ("AVX512-BF16", "avx512_bf16"),
        ("AMX-INT8", "amx_int8"),
        ("NEON", "asimd"), ("FP16", "asimdhp"), ("DOTPROD", "asimddp"), ("I8MM", "i8mm"), ("SVE", "sve"), ("SVE2", "sve2"), ("SME", "sme"),
    ];

    internal static IReadOnlyList<string> OfLinux(string root)
    {
        string[] lines = TextFile.Lines($"{root}/proc/cpuinfo");
        string[] flags = (TextFile.Value(lines, "flags") ?? TextFile.Value(lines, "Features") ?? "").Split(' ');
        return [.. Known.Where(k => flags.Contains(k.Flag)).Select(k => k.Name)];
    }

    /// <summary>Those that the .NET runtime knows of.</summary>
    internal static IReadOnlyList<string> OfRuntime()
    {
        (string Name, bool IsSupported)[] sets =
        [
            ("SSE4.2", Sse42.IsSupported), ("AVX", Avx.IsSupported), ("FMA", Fma.IsSupported), ("BMI2", Bmi2.IsSupported), ("AVX2", Avx2.IsSupported),
            ("AVX512F", Avx512F.IsSupported), ("AVX512BW", Avx512BW.IsSupported), ("AVX512VBMI", Avx512Vbmi.IsSupported),
            ("NEON", AdvSimd.IsSupported), ("DOTPROD", Dp.IsSupported),
        ];
        return [.. sets.Where(s => s.IsSupported).Select(s => s.Name)];
    }
}
