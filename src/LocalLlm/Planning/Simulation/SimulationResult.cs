using System.Runtime.InteropServices;
using LocalLlm.Native;

namespace LocalLlm.Planning;

/// <summary>What llama.cpp said about a placement.</summary>
/// <param name="Log">Its lines.</param>
/// <param name="Failure">Why there is no context; null where there is one.</param>
internal sealed unsafe record SimulationResult(BufferLog Log, string? Failure)
{
    private const string Compute = "compute";

    public static SimulationResult Failed(string reason) => new(new BufferLog(), reason);

    /// <summary>Bytes of a GPU's compute buffer; never less than they are.</summary>
    public long ComputeOn(PlanDevice device) => Log.Bytes.TryGetValue((BufferName(device.NativeName), Compute), out long bytes) ? bytes + BufferLog.Rounding : 0;

    /// <summary>Bytes of compute buffers in RAM; never less than they are.</summary>
    public long ComputeInRam(PlanMachine machine)
    {
        HashSet<string> gpus = [.. machine.Devices.Where(device => GgmlApi.ggml_backend_dev_by_name(device.NativeName) != 0).Select(device => BufferName(device.NativeName))];
        return Log.Bytes.Where(buffer => buffer.Key.Kind == Compute && !gpus.Contains(buffer.Key.Buffer)).Sum(buffer => buffer.Value + BufferLog.Rounding);
    }

    /// <summary>
    /// Whether llama.cpp would not fuse attention although all devices can: it takes a layer in RAM whose attention a GPU computes, as
    /// it does for long prompts, for one without support.
    /// </summary>
    public bool MistakesFlashAttention => Log.RefusesFlashAttention && Log.UnfusedDevice == CpuName;

    /// <summary>The first layer that is elsewhere than planned; null where all are in their places.</summary>
    public int? FindMisplaced(Placement placement, PlanMachine machine)
    {
        for (int i = 0; i < placement.Modules.Length; i++)
        {
            string planned = placement.Modules[i] == Placement.Host ? CpuName : machine.Devices[placement.Modules[i]].NativeName;
            if (!Log.Layers.TryGetValue(i, out string? found) || found != planned)
            {
                return i;
            }
        }

        return null;
    }

    private static string CpuName => Text(GgmlApi.ggml_backend_dev_name(GgmlApi.ggml_backend_dev_by_type((int)NativeDeviceType.Cpu)));

    private static string BufferName(string device) =>
        Text(GgmlApi.ggml_backend_buft_name(GgmlApi.ggml_backend_dev_buffer_type(GgmlApi.ggml_backend_dev_by_name(device))));

    private static string Text(byte* utf8) => Marshal.PtrToStringUTF8((nint)utf8) ?? "";
}
