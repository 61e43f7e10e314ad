using LocalLlm.Hardware;

namespace LocalLlm.Planning;

/// <summary>What llama.cpp said about a placement.</summary>
/// <param name="Log">Its lines.</param>
/// <param name="Failure">Why there is no context; null where there is one.</param>
internal sealed record SimulationResult(BufferLog Log, string? Failure)
{
    private const string Compute = "compute";

    public static SimulationResult Failed(string reason) => new(new BufferLog(), reason);

    /// <summary>Bytes of a GPU's compute buffer; never less than they are.</summary>
    public long ComputeOn(PlanDevice device) => Log.Bytes.TryGetValue((device.BufferName, Compute), out long bytes) ? bytes + BufferLog.Rounding : 0;

    /// <summary>Bytes of compute buffers in RAM; never less than they are.</summary>
    public long ComputeInRam(PlanMachine machine) => Log.Bytes
        .Where(buffer => buffer.Key.Kind == Compute && !machine.Devices.Any(device => device.BufferName == buffer.Key.Buffer))
        .Sum(buffer => buffer.Value + BufferLog.Rounding);

    /// <summary>
    /// Whether llama.cpp would not fuse attention although all devices can: it takes a layer in RAM whose attention a GPU computes, as
    /// it does for long prompts, for one without support.
    /// </summary>
    public bool MistakesFlashAttention => Log.RefusesFlashAttention && Log.UnfusedDevice == MemoryClaim.Ram;

    /// <summary>The first module that is elsewhere than planned; null where all are in their places.</summary>
    public int? FindMisplaced(Placement placement, PlanMachine machine) => Log.Misplaced(placement, machine).Cast<int?>().FirstOrDefault();
}
