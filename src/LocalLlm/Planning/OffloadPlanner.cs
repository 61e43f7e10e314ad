using System.Diagnostics;
using LocalLlm.Hardware;
using LocalLlm.Planning;

namespace LocalLlm;

/// <summary>Plans where the layers of a model go on a machine: which GPU, the processor, or left on disk.</summary>
/// <remarks>
/// From the header alone, without loading anything: weights and KV cache are exact to the byte, compute buffers are upper
/// bounds, and what llama.cpp itself says that they need where the machine's devices are this process's. <see cref="LocalModel"/>
/// plans by itself when it loads.
/// </remarks>
public static class OffloadPlanner
{
    /// <summary>Makes a plan.</summary>
    /// <param name="model">The model's header.</param>
    /// <param name="machine">The machine: <see cref="HardwareProfile.Detect"/> for this one, <see cref="HardwareProfile.Parse"/> for any.</param>
    /// <param name="options">What is wanted; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option does not fit the model or the machine.</exception>
    /// <exception cref="NotEnoughMemoryException">What must be in RAM does not fit, or an explicit placement is over a budget.</exception>
    /// <exception cref="GgufFormatException">The header's sizes make no sense.</exception>
    public static OffloadPlan Plan(GgufFile model, HardwareProfile machine, PlanOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(machine);
        options ??= new PlanOptions();
        // Names of devices are checked where all of the profile's are known.
        options.MaxMemory?.For(machine);
        PlanMachine described = MachineOf(machine);
        string? reason = null;
        if (ThisMachine.MayBe(machine) && (NativeRuntime.IsLoaded || (options.Verify && ThisMachine.TryLoadRuntime(out reason))))
        {
            described = ThisMachine.Describe(described, machine);
            if (options.Verify && ThisMachine.Has(described))
            {
                long started = Stopwatch.GetTimestamp();
                return StageTwo.Plan(model, ModelFootprint.Of(model), described, options, started);
            }
        }

        OffloadPlan plan = StageOne.Plan(ModelFootprint.Of(model), described, options);
        return reason is null ? plan : plan with { Warnings = [.. plan.Warnings, $"llama.cpp could not be asked about the plan: {reason}"] };
    }

    /// <summary>Makes a plan of bounds for a model that may not exist yet.</summary>
    internal static OffloadPlan Plan(ModelFootprint model, HardwareProfile machine, PlanOptions options)
    {
        options.MaxMemory?.For(machine);
        return StageOne.Plan(model, MachineOf(machine), options);
    }

    private static PlanMachine MachineOf(HardwareProfile profile) => new()
    {
        RamBytes = profile.Ram.AvailableBytes,
        RamLimitedBy = profile.Ram.LimitedBy,
        DiskBytesPerSecond = profile.Disk?.BytesPerSecond,
        Devices = [.. profile.Gpus.Select(DeviceOf)],
    };

    private static PlanDevice DeviceOf(GpuProfile gpu, int index) => new()
    {
        Name = $"gpu{index}",
        NativeName = gpu.Name,
        OtherNames = gpu.Id is { } id ? [gpu.Name, id] : [gpu.Name],
        FreeBytes = gpu.FreeBytes,
        FreeBytesSource = gpu.FreeBytesSource,
        Rules = gpu.SizeRules,
        SharesRam = gpu.IsUnified,
        CopiesQuantizedCache = gpu.Backend is GpuBackend.Cuda or GpuBackend.Metal,
    };
}
