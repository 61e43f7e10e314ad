using System.Diagnostics;
using System.Globalization;
using LocalLlm.Hardware;

namespace LocalLlm.Planning;

/// <summary>Writes down what was chosen: figures of every device, what RAM and disk get, and what one should know.</summary>
internal sealed class PlanReport(ModelFootprint model, PlanMachine machine, PlanOptions options, PlanBudgets budgets, List<string> warnings)
{
    /// <summary>Makes the plan.</summary>
    public OffloadPlan Build(PlanDraft draft, long started)
    {
        (Placement placement, CacheSettings settings, string contextReason, PlacementFigures figures) = draft;
        long ram = Math.Max(0, budgets.RamLeft(figures));
        HostPlan host = Host(placement, figures, ram, out bool repacks);
        bool isFull = !figures.HasHostWork && !placement.Modules.Contains(Placement.Host);
        WarnOfPart(placement, isFull);
        WarnOfDisk(host);
        NativePlacement native = NativePlacement.Of(model, machine, placement, usesExtraBuffers: repacks);
        bool isEstimate = model.Family == ModelFamily.NativeOnly;
        return new OffloadPlan(new PlanBasis(model, machine, settings, placement, native))
        {
            Model = model.Location,
            Architecture = model.Architecture,
            ContextLength = settings.ContextLength,
            ContextReason = contextReason,
            Sequences = settings.Sequences,
            UnifiedKv = settings.IsUnified,
            MicroBatch = settings.MicroBatch,
            MostOutputs = settings.MostOutputs,
            KvCacheType = options.KvCacheType == KvCacheType.Auto ? KvCacheType.F16 : options.KvCacheType,
            FlashAttention = settings.FlashAttention,
            Strategy = options.Placement,
            LayerCount = model.LayerCount,
            GpuLayers = native.GpuLayers,
            TensorSplit = [.. machine.Devices.Select((_, i) => placement.Modules.Count(device => device == i))],
            IsFullOffload = isFull,
            Devices = [.. machine.Devices.Select((device, i) => Device(device, i, placement, figures))],
            Host = host,
            Layers = Layers(placement, figures),
            FullOffloadBytes = FullOffloadBytes(settings),
            Origins = new PlanOrigins(
                FigureOrigin.Exact,
                isEstimate ? FigureOrigin.Estimate : FigureOrigin.Exact,
                figures.IsSimulated ? FigureOrigin.Simulated : isEstimate ? FigureOrigin.Estimate : FigureOrigin.Bound),
            Warnings = warnings,
            Verified = figures.IsSimulated && !isEstimate,
            Elapsed = Stopwatch.GetElapsedTime(started),
        };
    }

    private DevicePlan Device(PlanDevice device, int index, Placement placement, PlacementFigures figures) => new()
    {
        Name = device.Name,
        Modules = placement.Modules.Count(module => module == index),
        WeightBytes = figures.Weights[index],
        KvCacheBytes = figures.Caches[index],
        ComputeBytes = figures.Compute[index],
        ReserveBytes = device.ReserveBytes,
        MarginBytes = budgets.Devices[index].MarginBytes,
        FreeBytes = device.FreeBytes ?? 0,
        BudgetBytes = budgets.Devices[index].UsableBytes,
    };

    private HostPlan Host(Placement placement, PlacementFigures figures, long ram, out bool repacks)
    {
        // Beside a GPU mapped weights stay as they are in the file; alone the processor copies them, if there is room.
        long repackable = figures.Order.Count == 0 && options.WeightLoading is WeightLoading.Auto or WeightLoading.Copied ? figures.HostRepackable + figures.HostRepackableCopy : 0;
        repacks = repackable > 0 && figures.HostAnonymous + figures.HostWeights + figures.HostRepackableCopy <= ram;
        long mapped = options.WeightLoading is WeightLoading.Copied ? 0 : figures.HostWeights - (repacks ? figures.HostRepackable : 0);
        long copied = figures.HostWeights - mapped + (repacks ? figures.HostRepackableCopy : 0);
        long locked = options.WeightLoading is WeightLoading.Locked ? figures.HeldWeights(options.WeightLoading, model) : 0;
        long resident = locked > 0 ? mapped : Math.Clamp(ram - figures.HostAnonymous - copied, 0, mapped);
        double readPerToken = mapped > 0 ? (double)figures.HostWeightsPerToken * (mapped - resident) / mapped : 0;
        return new HostPlan
        {
            Modules = placement.Modules.Count(device => device == Placement.Host),
            WeightBytes = figures.HostWeights,
            CopiedBytes = copied,
            LockedBytes = locked,
            KvCacheBytes = figures.HostCaches,
            ComputeBytes = figures.HostCompute,
            ResidentBytes = resident,
            DiskBytes = mapped - resident,
            DiskTokensPerSecond = readPerToken > 0 ? machine.DiskBytesPerSecond / readPerToken : null,
            FreeBytes = machine.RamBytes,
            BudgetBytes = ram,
        };
    }

    private List<LayerPlan> Layers(Placement placement, PlacementFigures figures)
    {
        List<LayerPlan> layers = [new LayerPlan("token_embd", "cpu", model.Bytes(TensorHomeKind.Input, GpuSizeRules.Host), 0)];
        for (int i = 0; i <= model.LayerCount; i++)
        {
            string name = i < model.LayerCount ? string.Create(CultureInfo.InvariantCulture, $"blk.{i}") : "output";
            layers.Add(new LayerPlan(name, machine.NameOf(placement.Modules[i]), figures.ModuleWeights[i], figures.ModuleCaches[i])
            {
                WeightBytesElsewhere = figures.ModuleWeightsElsewhere[i],
            });
        }

        return layers;
    }

    private long FullOffloadBytes(CacheSettings settings)
    {
        PlanDevice device = machine.Devices.Count > 0 ? machine.Devices[0] : new PlanDevice { Name = "gpu0", FreeBytes = null };
        PlacementFigures figures = PlacementFigures.Of(
            model, machine with { Devices = [device] }, new Placement { Modules = new int[model.LayerCount + 1] }, settings);
        return figures.Used(0);
    }

    private void WarnOfPart(Placement placement, bool isFull)
    {
        bool couldUseGpus = options.Placement != PlacementStrategy.CpuOnly && machine.Devices.Any(device => device.FreeBytes > 0);
        if (!isFull && couldUseGpus && options.DeviceMap is null && options.GpuLayers is null && placement.OffloadedModules == 0)
        {
            warnings.Add("No GPU has room for a part of the model that would be worth it: the processor does everything.");
        }
    }

    private void WarnOfDisk(HostPlan host)
    {
        if (host.DiskBytes > 0)
        {
            string speed = host.DiskTokensPerSecond is { } tokens
                ? string.Create(CultureInfo.InvariantCulture, $": at most {tokens:0.00} tokens per second")
                : string.Empty;
            warnings.Add($"{ByteSize.Short(host.DiskBytes)} of the weights find no room in RAM and are read from the disk again for every token{speed}.");
        }
    }
}
