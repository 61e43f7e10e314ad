using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using LocalLlm.Hardware;
using LocalLlm.Native;

namespace LocalLlm.Planning;

/// <summary>What a profile has to do with this process: whether llama.cpp here shows its devices, and what they can.</summary>
internal static class ThisMachine
{
    /// <summary>cuBLAS' workspace (32 MiB on large cards, ggml-cuda/common.cuh) and kernels that are loaded when they are first used.</summary>
    private const long LaterCuda = 128L << 20;

    /// <summary>Whether a profile may be of this machine; one that was written as text never is.</summary>
    public static bool MayBe(HardwareProfile profile) => profile.Cpu.Name.Length > 0 || profile.Gpus.Where((gpu, i) => gpu.Name != $"gpu{i}").Any();

    /// <summary>Loads llama.cpp, or says why that does not work.</summary>
    public static bool TryLoadRuntime([NotNullWhen(false)] out string? reason)
    {
        try
        {
            NativeRuntime.Load();
            reason = null;
            return true;
        }
        catch (NativeLibraryException missing)
        {
            reason = missing.Message;
            return false;
        }
    }

    /// <summary>Whether all GPUs that a plan may use are devices of this process.</summary>
    public static bool Has(PlanMachine machine) => machine.Devices.All(device => device.FreeBytes is null or 0 || GgmlApi.ggml_backend_dev_by_name(device.NativeName) != 0);

    /// <summary>The machine with what only llama.cpp knows of its devices and its processor.</summary>
    public static PlanMachine Describe(PlanMachine machine, HardwareProfile profile) => machine with
    {
        Devices = [.. machine.Devices.Select((device, i) => Describe(device, profile.Gpus[i]))],
        RepackedTypes = profile.Cpu.Name.Length > 0 ? ProcessorRepacking.Types : machine.RepackedTypes,
    };

    // Its context is open already, and its memory was asked for after that: only what CUDA loads later is missing.
    private static long Reserve(GpuProfile gpu) => gpu.Backend == GpuBackend.Cuda ? LaterCuda : 0;

    private static unsafe PlanDevice Describe(PlanDevice device, GpuProfile gpu)
    {
        nint native = GgmlApi.ggml_backend_dev_by_name(device.NativeName);
        if (native == 0)
        {
            return device;
        }

        ggml_backend_dev_props props;
        GgmlApi.ggml_backend_dev_get_props(native, &props);
        nint buffers = GgmlApi.ggml_backend_dev_buffer_type(native);
        return device with
        {
            BufferName = Marshal.PtrToStringUTF8((nint)GgmlApi.ggml_backend_buft_name(buffers)) ?? device.NativeName,
            CanPipeline = props.caps.async != 0 && props.caps.events != 0,
            ReserveBytes = Reserve(gpu),
            Rules = device.Rules with { Alignment = (int)GgmlApi.ggml_backend_buft_get_alignment(buffers) },
        };
    }
}
