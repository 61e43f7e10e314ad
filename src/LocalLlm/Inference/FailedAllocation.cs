using System.Collections.ObjectModel;
using System.Globalization;
using System.Text.RegularExpressions;
using LocalLlm.Hardware;
using LocalLlm.Planning;

namespace LocalLlm.Inference;

/// <summary>A buffer that llama.cpp could not allocate, as its log tells it.</summary>
/// <param name="Buffer">The buffer's name, such as "CUDA0".</param>
/// <param name="Bytes">Its size.</param>
/// <param name="FreeBytes">What the device had left at that moment; null where its driver does not tell.</param>
internal sealed partial record FailedAllocation(string Buffer, long Bytes, long? FreeBytes)
{
    /// <summary>What was missing; all of it where the driver holds that there was enough.</summary>
    internal long ShortfallBytes => FreeBytes is { } free && free < Bytes ? Bytes - free : Bytes;

    /// <summary>Whether another plan can do with less on that device: RAM has to hold whatever GPUs don't, and who says where layers go is not overruled.</summary>
    internal bool CanBeAvoided(OffloadPlan plan, PlanOptions wanted) =>
        DeviceOf(plan) != Placement.Host && wanted is { DeviceMap: null, GpuLayers: null, TensorSplit: null };

    /// <summary>The options for a plan that leaves that much more of the device alone.</summary>
    internal PlanOptions Avoid(OffloadPlan plan, PlanOptions wanted)
    {
        PlanMachine machine = plan.Basis.Machine;
        int device = DeviceOf(plan);
        DevicePlan planned = plan.Devices[device];
        Dictionary<string, long> limits = (wanted.MaxMemory?.Devices ?? ReadOnlyDictionary<string, long>.Empty)
            .Where(limit => machine.DeviceOf(limit.Key) != device)
            .ToDictionary();
        limits[planned.Name] = MemoryBudget.LimitFor(Math.Max(0, planned.UsedBytes - ShortfallBytes), planned.ReserveBytes, wanted.Margin);
        return wanted with { MaxMemory = new MemoryLimits { Devices = limits } };
    }

    /// <summary>What to tell the caller.</summary>
    internal NotEnoughMemoryException Error(OffloadPlan plan, Exception cause)
    {
        int device = DeviceOf(plan);
        string name = plan.Basis.Machine.NameOf(device);
        IEnumerable<string> devices = plan.Devices.Where(used => used.UsedBytes > 0)
            .Select(used => $"{used.Name}: needs {ByteSize.Short(used.UsedBytes)}, planned with {ByteSize.Short(used.BudgetBytes)}")
            .Append($"cpu: needs {ByteSize.Short(plan.Host.UsedBytes)}, planned with {ByteSize.Short(plan.Host.BudgetBytes)}");
        long needed = device == Placement.Host ? plan.Host.UsedBytes : plan.Devices[device].UsedBytes;
        return new NotEnoughMemoryException(
            name,
            needed,
            Math.Max(0, needed - ShortfallBytes),
            $"llama.cpp could not allocate {ByteSize.Short(Bytes)} on {name} ({Buffer}): others have taken its memory since the plan was made, or its driver tells of more than it gives. {string.Join("; ", devices)}.",
            [$"Limit {name} with {nameof(PlanOptions.MaxMemory)}, or load with a shorter {nameof(PlanOptions.ContextLength)}."],
            cause);
    }

    private int DeviceOf(OffloadPlan plan)
    {
        IReadOnlyList<PlanDevice> devices = plan.Basis.Machine.Devices;
        for (int i = 0; i < devices.Count; i++)
        {
            if (devices[i].BufferName == Buffer)
            {
                return i;
            }
        }

        return Placement.Host;
    }

    /// <summary>Reads a line of the log (ggml-alloc.c); null where it tells of something else.</summary>
    internal static FailedAllocation? Read(string line)
    {
        if (FailedBuffer().Match(line) is not { Success: true } match)
        {
            return null;
        }

        string buffer = match.Groups["buffer"].Value;
        _ = long.TryParse(match.Groups["bytes"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes);
        return new FailedAllocation(buffer, bytes, NativeRuntime.FreeBytes(buffer));
    }

    [GeneratedRegex(@"failed to allocate (?<buffer>\S+) buffer of size (?<bytes>[0-9]+)")]
    private static partial Regex FailedBuffer();
}
