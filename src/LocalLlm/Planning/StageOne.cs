using System.Diagnostics;
using LocalLlm.Hardware;

namespace LocalLlm.Planning;

/// <summary>Plans from the header alone: weights and KV cache exact to the byte, compute buffers by upper bounds, every budget kept.</summary>
internal sealed class StageOne
{
    /// <summary>The context that a plan starts from where not everything fits and none was asked for.</summary>
    private const int ModestContext = 4096;

    /// <summary>llama.cpp's n_batch, which 0 outputs mean.</summary>
    private const int NativeOutputs = 2048;

    private const string HalfOfRam = "the longest that takes at most half of the RAM";

    private static readonly int[] MicroBatches = [512, 256, 128];

    private readonly ModelFootprint _model;
    private readonly PlanMachine _machine;
    private readonly PlanOptions _options;
    private readonly PlanBudgets _budgets;
    private readonly long[] _usable;
    private readonly PlacementSearch _search;
    private readonly LearnedCompute _learned;

    /// <param name="model">The model.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="learned">What is known of the compute buffers beyond their bounds.</param>
    /// <param name="isCautious">Whether margins are doubled where none was asked for.</param>
    /// <exception cref="ArgumentException">A limit names a device that the machine does not have.</exception>
    public StageOne(ModelFootprint model, PlanMachine machine, PlanOptions options, LearnedCompute? learned = null, bool isCautious = false)
    {
        _learned = learned ?? new LearnedCompute();
        _model = model;
        _machine = machine;
        _options = options;
        _budgets = new PlanBudgets(machine, options, isCautious);
        _usable = Usable();
        _search = new PlacementSearch(model, machine, options.Placement, _usable, _budgets.Ram, _learned);
    }

    /// <summary>Makes a plan.</summary>
    /// <exception cref="ArgumentException">An option does not fit the model or the machine.</exception>
    /// <exception cref="NotEnoughMemoryException">What must be in RAM does not fit, or an explicit placement is over a budget.</exception>
    /// <exception cref="GgufFormatException">The header's sizes make no sense.</exception>
    public static OffloadPlan Plan(ModelFootprint model, PlanMachine machine, PlanOptions options)
    {
        long started = Stopwatch.GetTimestamp();
        options.ValidatePlan();
        StageOne stage = new(model, machine, options);
        return stage.Finish(stage.Draft(), started);
    }

    /// <summary>Chooses, without refusing what is over a budget.</summary>
    /// <exception cref="ArgumentException">An option does not fit the model or the machine.</exception>
    /// <exception cref="GgufFormatException">The header's sizes make no sense.</exception>
    public PlanDraft Draft()
    {
        try
        {
            RefuseWrongLengths();
            (Placement placement, CacheSettings settings, string reason) = Choose();
            return new PlanDraft(placement, settings, reason, Figures(placement, settings));
        }
        catch (OverflowException)
        {
            throw new GgufFormatException($"{_model.Location} needs more memory than there are numbers for.", null, "block_count");
        }
    }

    /// <summary>Whether a draft is within all budgets.</summary>
    public bool Fits(PlanDraft draft) => IsWithinBudgets(draft.Figures);

    /// <summary>Makes a draft the plan.</summary>
    /// <param name="draft">The draft.</param>
    /// <param name="started">When planning began.</param>
    /// <param name="warnings">What there is to say already.</param>
    /// <exception cref="NotEnoughMemoryException">It is over a budget.</exception>
    public OffloadPlan Finish(PlanDraft draft, long started, params ReadOnlySpan<string> warnings)
    {
        List<string> all = [.. warnings];
        Warn(all);
        RefuseOverBudget(draft, all);
        return new PlanReport(_model, _machine, _options, _budgets, all).Build(draft, started);
    }

    private PlacementFigures Figures(Placement placement, CacheSettings settings) => PlacementFigures.Of(_model, _machine, placement, settings, _learned);

    private (Placement Placement, CacheSettings Settings, string Reason) Choose()
    {
        int? asked = _options.ContextLength;
        if (Explicit() is { } fixedPlacement)
        {
            (CacheSettings settings, string why) = ChooseContext(
                _options.MicroBatch ?? MicroBatches[0], candidate => IsWithinBudgets(fixedPlacement(candidate), candidate), "the longest that the placement leaves room for");
            return (fixedPlacement(settings), settings, why);
        }

        if (!Array.Exists(_usable, bytes => bytes > 0))
        {
            (CacheSettings settings, string why) = ChooseContext(_options.MicroBatch ?? MicroBatches[0], IsModestOnHost, HalfOfRam);
            return (Placement.OnHost(_model.LayerCount), settings, why);
        }

        // A GPU that holds everything decides the context; else the micro-batch that leaves most room for layers.
        int[] microBatches = _options.MicroBatch is { } one ? [one] : MicroBatches;
        foreach (int microBatch in asked is null ? microBatches : [])
        {
            if (_search.HoldsAll(Settings(Math.Min(ModestContext, LongestContext), microBatch)))
            {
                (CacheSettings settings, string why) = ChooseContext(microBatch, _search.HoldsAll, "the longest that keeps every layer on GPUs");
                return (_search.Find(settings), settings, why);
            }
        }

        (Placement Placement, CacheSettings Settings)? best = null;
        foreach (int microBatch in microBatches)
        {
            CacheSettings settings = Settings(asked ?? SmallContext(microBatch), microBatch);
            Placement found = _search.Find(settings);
            if (best is null || IsBetter(found, best.Value.Placement))
            {
                best = (found, settings);
            }
        }

        if (asked is null && best!.Value.Placement.OffloadedModules == 0)
        {
            (CacheSettings settings, string why) = ChooseContext(microBatches[0], IsModestOnHost, HalfOfRam);
            return (best.Value.Placement, settings, why);
        }

        return (best!.Value.Placement, best.Value.Settings, asked is null ? "a modest one, as not every layer fits on GPUs" : "asked for");
    }

    /// <summary>The placement that the options fix, for each context; null for none.</summary>
    private Func<CacheSettings, Placement>? Explicit()
    {
        if (_options.DeviceMap is { } map)
        {
            Placement placement = ExplicitMap.Resolve(map, _model, _machine);
            return _ => placement;
        }

        if (_options.Placement == PlacementStrategy.CpuOnly || (_options.GpuLayers is null && _options.TensorSplit is null))
        {
            return null;
        }

        int modules = _model.LayerCount + 1;
        int start = modules - Math.Min(_options.GpuLayers ?? modules, modules);
        if (start == modules || _machine.Devices.Count == 0)
        {
            Placement onHost = Placement.OnHost(_model.LayerCount);
            return start == modules ? _ => onHost : throw WrongOption.Of(nameof(PlanOptions.GpuLayers), "The machine has no GPU to put layers on.");
        }

        if (_options.TensorSplit is { } parts)
        {
            Placement placement = SplitPlacement.Of(parts, start, _model, _machine);
            return _ => placement;
        }

        Placement byMemory = SplitPlacement.Of([.. _usable.Select(bytes => bytes + 1f)], start, _model, _machine);
        return settings => _search.FindAt(settings, start) ?? byMemory;
    }

    private (CacheSettings Settings, string Reason) ChooseContext(int microBatch, Func<CacheSettings, bool> fits, string reason)
    {
        if (_options.ContextLength is { } asked)
        {
            return (Settings(asked, microBatch), "asked for");
        }

        if (fits(Settings(LongestContext, microBatch)))
        {
            return (Settings(LongestContext, microBatch), LongestContext == _model.TrainedContextLength ? "the length that the model was trained for" : reason);
        }

        int length = Longest(length => fits(Settings(length, microBatch)), LongestContext);
        return length > 0
            ? (Settings(length, microBatch), reason)
            : (Settings(SmallContext(microBatch), microBatch), "a modest one");
    }

    // Also where everything is in RAM its KV cache must fit.
    private int SmallContext(int microBatch)
    {
        Placement onHost = Placement.OnHost(_model.LayerCount);
        int modest = Math.Min(ModestContext, LongestContext);
        return IsWithinRam(onHost, Settings(modest, microBatch))
            ? modest
            : Math.Max(1, Longest(length => IsWithinRam(onHost, Settings(length, microBatch)), modest));
    }

    // The longest on the grid that fits, by bisection; 0 where none does.
    private static int Longest(Func<int, bool> fits, int most)
    {
        int low = 0;
        int high = (most + CacheSettings.Grid - 1) / CacheSettings.Grid;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = fits(Math.Min(most, middle * CacheSettings.Grid)) ? (middle, high) : (low, middle - 1);
        }

        return Math.Min(most, low * CacheSettings.Grid);
    }

    private int LongestContext => Math.Min(_model.TrainedContextLength, (int.MaxValue - CacheSettings.Grid) / _options.Sequences);

    private CacheSettings Settings(int contextLength, int microBatch)
    {
        GgmlType type = _options.KvCacheType switch
        {
            KvCacheType.Q8_0 => GgmlType.Q8_0,
            KvCacheType.Q4_0 => GgmlType.Q4_0,
            _ => GgmlType.F16,
        };
        int outputs = _model.HasPlainAttention ? Math.Max(_options.Sequences, CacheSettings.AttentionOutputs) : _options.Sequences;
        return new CacheSettings
        {
            ContextLength = contextLength,
            Sequences = _options.Sequences,
            IsUnified = _options.UnifiedKv,
            MicroBatch = microBatch,
            MostOutputs = _options.MostOutputs is { } most ? most == 0 ? NativeOutputs : most : outputs,
            // llama.cpp turns it off for Grok (llama_init_from_model).
            FlashAttention = _options.FlashAttention != FlashAttention.Off && _model.Architecture != "grok",
            KeyType = type,
            ValueType = type,
        };
    }

    private long[] Usable()
    {
        bool hasOwnMemory = _machine.Devices.Any(device => !device.SharesRam && device.FreeBytes is not null);
        return [.. _machine.Devices.Select((device, i) =>
            _options.Placement == PlacementStrategy.CpuOnly || (device.SharesRam && hasOwnMemory) ? 0 : _budgets.Devices[i].UsableBytes)];
    }

    private static bool IsBetter(Placement found, Placement best) => found.OffloadedModules != best.OffloadedModules
        ? found.OffloadedModules > best.OffloadedModules
        : found.OffloadedModules > 0 && found.FirstExpertLayer < best.FirstExpertLayer;

    private bool IsWithinBudgets(Placement placement, CacheSettings settings) => IsWithinBudgets(Figures(placement, settings));

    private bool IsWithinBudgets(PlacementFigures figures) =>
        figures.Order.TrueForAll(device => figures.Used(device) <= _budgets.Devices[device].UsableBytes) && Held(figures) <= _budgets.RamLeft(figures);

    // What must be in RAM, whatever happens to mapped weights.
    private long Held(PlacementFigures figures) => checked(figures.HostAnonymous + figures.HeldWeights(_options.WeightLoading, _model));

    private bool IsWithinRam(Placement placement, CacheSettings settings)
    {
        PlacementFigures figures = Figures(placement, settings);
        return Held(figures) <= _budgets.RamLeft(figures);
    }

    private bool IsModestOnHost(CacheSettings settings)
    {
        PlacementFigures figures = Figures(Placement.OnHost(_model.LayerCount), settings);
        return figures.HostCaches <= _budgets.Ram.UsableBytes / 2 && figures.HostAnonymous + figures.HostWeights <= _budgets.Ram.UsableBytes;
    }

    private void RefuseWrongLengths()
    {
        if (_options.ContextLength > _model.TrainedContextLength)
        {
            throw new ArgumentOutOfRangeException(
                nameof(PlanOptions.ContextLength),
                _options.ContextLength,
                $"The model is trained for a context of {_model.TrainedContextLength} tokens; {_options.ContextLength} were asked for.");
        }

        int block = _options.KvCacheType is KvCacheType.Q8_0 or KvCacheType.Q4_0 ? GgmlType.Q8_0.BlockSize() : 1;
        if (_model.Caches.FirstOrDefault(cache => cache.KeyElements is not null && (cache.KeyHeadElements % block != 0 || cache.ValueHeadElements % block != 0)) is { } odd)
        {
            throw new ArgumentException(
                $"{_options.KvCacheType} packs {block} numbers, but the model's heads have {odd.KeyHeadElements} and {odd.ValueHeadElements}: use {KvCacheType.F16}.",
                nameof(PlanOptions.KvCacheType));
        }
    }

    private void Warn(List<string> warnings)
    {
        if (_model.Family == ModelFamily.NativeOnly)
        {
            warnings.Add($"The architecture '{_model.Architecture}' has no rules here: KV cache and compute buffers are estimates until llama.cpp is asked.");
        }

        for (int i = 0; i < _machine.Devices.Count; i++)
        {
            PlanDevice device = _machine.Devices[i];
            if (device.FreeBytes is null)
            {
                warnings.Add($"The driver does not tell how much memory {device.Name} has free: it is left alone.");
            }
            else if (device.SharesRam && _usable[i] == 0 && _budgets.Devices[i].UsableBytes > 0 && _options.Placement != PlacementStrategy.CpuOnly)
            {
                warnings.Add($"{device.Name} shares the RAM and is left alone beside a GPU with memory of its own.");
            }
        }
    }

    private void RefuseOverBudget(PlanDraft draft, List<string> warnings)
    {
        PlacementFigures figures = draft.Figures;
        foreach (int device in figures.Order)
        {
            MemoryBudget budget = _budgets.Devices[device];
            Refuse(
                _machine.NameOf(device), figures.Used(device), budget.UsableBytes,
                $"weights {Text(figures.Weights[device])}, KV cache {Text(figures.Caches[device])}, compute {Text(figures.Compute[device])}",
                budget.Explain(_machine.Devices[device].FreeBytesSource), draft, warnings);
        }

        long ramLeft = _budgets.RamLeft(figures);
        string shared = ramLeft < _budgets.Ram.UsableBytes ? $" and {Text(_budgets.Ram.UsableBytes - ramLeft)} for GPUs" : "";
        long held = figures.HeldWeights(_options.WeightLoading, _model);
        string weights = held > 0 ? $"{(_options.WeightLoading == WeightLoading.Locked ? "locked" : "copied")} weights {Text(held)}, " : "";
        Refuse(
            "cpu", Held(figures), Math.Max(0, ramLeft),
            $"{weights}KV cache {Text(figures.HostCaches)}, compute {Text(figures.HostCompute)}",
            $"{_budgets.Ram.Explain(_machine.RamLimitedBy)}{shared}", draft, warnings);
    }

    private void Refuse(string device, long needed, long available, string parts, string budget, PlanDraft draft, List<string> warnings)
    {
        if (needed <= available)
        {
            return;
        }

        string message = $"{device} needs {Text(needed)} ({parts}) and may take {Text(available)}: {budget}.";
        if (_options.AllowOverBudget)
        {
            warnings.Add($"Over budget: {message}");
            return;
        }

        List<string> suggestions = [];
        CacheSettings settings = draft.Settings;
        if (Longest(length => IsWithinBudgets(draft.Placement, Settings(length, settings.MicroBatch)), settings.ContextLength) is > 0 and int fitting)
        {
            suggestions.Add($"With {nameof(PlanOptions.ContextLength)} = {fitting} it fits.");
        }

        if (_options.Sequences > 1)
        {
            suggestions.Add("Fewer sequences take less.");
        }

        if (_options.KvCacheType is KvCacheType.Auto or KvCacheType.F16)
        {
            suggestions.Add("A KV cache of type Q8_0 takes about half.");
        }

        if (_options.DeviceMap is not null || _options.GpuLayers is not null || _options.TensorSplit is not null)
        {
            suggestions.Insert(0, "Without an explicit placement as much goes on each device as fits.");
        }

        throw new NotEnoughMemoryException(device, needed, available, message, suggestions);
    }

    private static string Text(long bytes) => ByteSize.Short(bytes);
}
