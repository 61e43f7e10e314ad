namespace LocalLlm.Planning;

/// <summary>The parameters of llama.cpp that make it place a model as planned.</summary>
internal sealed record NativePlacement
{
    /// <summary>The devices parameter, never NULL: names of the plan, among them "cpu" where layers in the middle stay on the processor. Empty: no GPU is touched.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>n_gpu_layers: modules from the output backwards.</summary>
    public required int GpuLayers { get; init; }

    /// <summary>tensor_split, as numbers of modules for each of <see cref="Devices"/>, which llama.cpp follows exactly.</summary>
    public required IReadOnlyList<int> TensorSplit { get; init; }

    /// <summary>tensor_buft_overrides.</summary>
    public required IReadOnlyList<NativeOverride> Overrides { get; init; }

    /// <summary>use_extra_bufts: whether the processor may copy weights into a layout of its own, in anonymous memory.</summary>
    public required bool UsesExtraBuffers { get; init; }

    /// <summary>What a placement means to llama.cpp.</summary>
    public static NativePlacement Of(ModelFootprint model, PlanMachine machine, Placement placement, bool usesExtraBuffers)
    {
        int start = Array.FindIndex(placement.Modules, device => device != Placement.Host);
        List<int> devices = [];
        List<int> split = [];
        for (int i = start < 0 ? placement.Modules.Length : start; i < placement.Modules.Length; i++)
        {
            if (devices.Count == 0 || devices[^1] != placement.Modules[i])
            {
                devices.Add(placement.Modules[i]);
                split.Add(0);
            }

            split[^1]++;
        }

        foreach (int device in placement.Moved.Values.Where(device => device != Placement.Host && !devices.Contains(device)).Distinct().Order())
        {
            devices.Add(device);
            split.Add(0);
        }

        List<NativeOverride> overrides = [.. NativeOverride.Tensors(placement.Moved, machine.NameOf)];
        int[] withExperts = [.. placement.LayersWithExpertsInRam(model)];
        if (withExperts.Length > 0)
        {
            overrides.Add(NativeOverride.Experts(withExperts, machine.NameOf(Placement.Host)));
        }

        int[] gpus = [.. devices.Where(device => device != Placement.Host)];
        bool wouldPipeline = devices.Count > 1 && start == 0 && overrides.Count == 0 && Array.TrueForAll(gpus, device => machine.Devices[device].CanPipeline);
        if (wouldPipeline && !placement.IsPipelined)
        {
            overrides.Add(NativeOverride.NoPipeline);
        }

        return new NativePlacement
        {
            Devices = [.. devices.Select(machine.NameOf)],
            GpuLayers = start < 0 ? 0 : placement.Modules.Length - start,
            TensorSplit = split,
            Overrides = overrides,
            UsesExtraBuffers = usesExtraBuffers,
        };
    }
}
