namespace LocalLlm.Planning;

/// <summary>
/// Holds what stage 1 chose against llama.cpp's own answer, and lets stage 1 choose again with what was learned, as long as that
/// mends an overrun or makes the plan better. Every device is checked in every round.
/// </summary>
internal sealed class StageTwo
{
    private const int MostRounds = 5;

    private const int MissedRows = 3;

    /// <summary>"n_tokens &lt; 32" in llama_context::graph_get_cb.</summary>
    private const int SmallBatch = 32;

    /// <summary>Recurrent states are allocated in a simulation: larger ones are not worth it.</summary>
    private const long MostStateBytes = 1L << 30;

    /// <summary>What the printed sizes of caches may differ from the planned, for each line.</summary>
    private const long CacheTolerance = 2 * BufferLog.Rounding;

    private static readonly GpuSizeRules Unpadded = new(1, 1);

    private readonly PlanMachine _machine;
    private readonly long _started;
    private ModelFootprint _model;
    private PlanOptions _options;
    private readonly LearnedCompute _learned = new();

    private StageTwo(ModelFootprint model, PlanMachine machine, PlanOptions options, long started)
    {
        _model = model;
        _machine = machine;
        _options = options;
        _started = started;
    }

    /// <summary>Makes a plan and has it confirmed.</summary>
    /// <param name="file">The model that the footprint is of.</param>
    /// <param name="model">Its footprint.</param>
    /// <param name="machine">The machine, whose devices are this process's.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="started">When planning began.</param>
    /// <exception cref="ArgumentException">An option does not fit the model or the machine.</exception>
    /// <exception cref="NotEnoughMemoryException">What must be in RAM does not fit, or an explicit placement is over a budget.</exception>
    /// <exception cref="GgufFormatException">The header's sizes make no sense.</exception>
    public static OffloadPlan Plan(GgufFile file, ModelFootprint model, PlanMachine machine, PlanOptions options, long started)
    {
        options.ValidatePlan();
        return new StageTwo(model, machine, options, started).Run(file);
    }

    private OffloadPlan Run(GgufFile file)
    {
        StageOne stage = new(_model, _machine, _options);
        PlanDraft draft = stage.Draft();
        if (SimulationSelfTest.Failure is { } failure)
        {
            return Untrusted(failure);
        }

        if (StateBytes(draft) > MostStateBytes)
        {
            return stage.Finish(draft, _started, "llama.cpp was not asked: it would allocate the recurrent states of all sequences for the answer. Compute buffers are upper bounds.");
        }

        using ModelSimulation simulation = new(StrippedHeader.Of(file));
        (StageOne Stage, PlanDraft Draft)? best = null;
        for (int round = 0; round < MostRounds; round++)
        {
            SimulationResult result = simulation.Run(NativePlacement.Of(_model, _machine, draft.Placement, usesExtraBuffers: false), _machine, draft.Settings, _options.FlashAttention);
            if (result.Log.RefusesFlashAttention && draft.Settings.FlashAttention && _options.FlashAttention == FlashAttention.Auto && result.Failure is null)
            {
                _options = _options with { FlashAttention = result.MistakesFlashAttention ? FlashAttention.On : FlashAttention.Off };
                (stage, draft, best) = Again(null);
                continue;
            }

            if (Doubt(result, draft) is { } doubt)
            {
                return best is { } known ? known.Stage.Finish(known.Draft, _started) : Untrusted(doubt);
            }

            if (LargerCaches(result, draft) is { } factor)
            {
                _model = _model.WithCachesTimes(factor);
                (stage, draft, best) = Again(null);
                continue;
            }

            draft.Figures.Confirm(device => ComputeOn(device, result, draft), result.ComputeInRam(_machine) + (IsSmall(draft) ? Missed(draft) : 0), _learned);
            best = Better(best, stage, draft);
            (StageOne next, PlanDraft better, _) = Again(best);
            if (IsSame(better, draft) || (best is not null && !IsBetter(better, best.Value.Draft)))
            {
                break;
            }

            (stage, draft) = (next, better);
        }

        return best is { } found ? found.Stage.Finish(found.Draft, _started) : stage.Finish(draft, _started);
    }

    private (StageOne Stage, PlanDraft Draft, (StageOne, PlanDraft)? Best) Again((StageOne, PlanDraft)? best)
    {
        StageOne stage = new(_model, _machine, _options, _learned);
        return (stage, stage.Draft(), best);
    }

    // Simulations that are not what they should be: bounds with more room around them.
    private OffloadPlan Untrusted(string reason)
    {
        StageOne cautious = new(_model, _machine, _options, isCautious: true);
        return cautious.Finish(cautious.Draft(), _started, $"llama.cpp could not confirm the plan ({reason}): compute buffers are upper bounds, and the margins are doubled.");
    }

    private static (StageOne Stage, PlanDraft Draft)? Better((StageOne Stage, PlanDraft Draft)? best, StageOne stage, PlanDraft draft) =>
        stage.Fits(draft) && (best is null || IsBetter(draft, best.Value.Draft)) ? (stage, draft) : best;

    /// <summary>Whether more of the model is on GPUs, or with as much of it the context is longer, or fewer GPUs are needed.</summary>
    private static bool IsBetter(PlanDraft draft, PlanDraft than)
    {
        int modules = draft.Placement.OffloadedModules.CompareTo(than.Placement.OffloadedModules);
        int experts = than.Placement.FirstExpertLayer.CompareTo(draft.Placement.FirstExpertLayer);
        int length = draft.Settings.ContextLength.CompareTo(than.Settings.ContextLength);
        int microBatch = draft.Settings.MicroBatch.CompareTo(than.Settings.MicroBatch);
        int pipeline = draft.Placement.IsPipelined.CompareTo(than.Placement.IsPipelined);
        int devices = than.Figures.Order.Count.CompareTo(draft.Figures.Order.Count);
        return Array.Find([modules, experts, length, microBatch, devices, pipeline], difference => difference != 0) > 0;
    }

    private static bool IsSame(PlanDraft a, PlanDraft b) =>
        a.Settings == b.Settings && a.Placement.IsPipelined == b.Placement.IsPipelined && a.Placement.FirstExpertLayer == b.Placement.FirstExpertLayer
        && a.Placement.Modules.AsSpan().SequenceEqual(b.Placement.Modules);

    /// <summary>Why the answer is not to be trusted; null where it is.</summary>
    private string? Doubt(SimulationResult result, PlanDraft draft)
    {
        if (result.Failure is { } failure)
        {
            return failure;
        }

        if (result.FindMisplaced(draft.Placement, _machine) is { } layer)
        {
            return $"it puts layer {layer} elsewhere than on {_machine.NameOf(draft.Placement.Modules[layer])}";
        }

        long planned = CacheBytes(draft);
        return _model.Family != ModelFamily.NativeOnly && Math.Abs(result.Log.CacheBytes - planned) > CacheTolerance * Math.Max(1, result.Log.CacheLines)
            ? $"it keeps {result.Log.CacheBytes} bytes of the context where {planned} are planned"
            : null;
    }

    /// <summary>By what the estimated caches of an architecture without rules must grow; null where they are large enough.</summary>
    private double? LargerCaches(SimulationResult result, PlanDraft draft)
    {
        long estimated = CacheBytes(draft);
        long told = result.Log.CacheBytes + (BufferLog.Rounding * result.Log.CacheLines);
        return _model.Family == ModelFamily.NativeOnly && estimated > 0 && told > estimated ? (double)told / estimated * (1 + 1e-6) : null;
    }

    // llama.cpp pins each layer's first norm to the layer's own GPU while it builds a graph of few tokens or of a whole model, and forgets
    // that when it only measures (ggml_backend_sched_reserve_size resets). Then a later GPU takes up to three rows
    // of queries more than was told; a pipelined one takes less.
    private long ComputeOn(int device, SimulationResult result, PlanDraft draft)
    {
        bool isLater = draft.Placement.Modules[0] != Placement.Host && !draft.Placement.IsPipelined && draft.Figures.Order[0] != device;
        return result.ComputeOn(_machine.Devices[device]) + (isLater || IsSmall(draft) ? Missed(draft) : 0);
    }

    private long Missed(PlanDraft draft) => checked(MissedRows * sizeof(float) * draft.Settings.BatchTokens * Math.Max(_model.Work.Embedding, _model.Work.Queries));

    private static bool IsSmall(PlanDraft draft) => draft.Settings.BatchTokens < SmallBatch;

    private long CacheBytes(PlanDraft draft) => _model.Caches.Sum(cache => cache.Bytes(draft.Settings, Unpadded));

    private long StateBytes(PlanDraft draft) => draft.Settings.Sequences
        * _model.Caches.Sum(cache => cache.ConvolutionElements is { } convolution ? sizeof(float) * (convolution + cache.StateElements) : 0);
}
