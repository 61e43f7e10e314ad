namespace LocalLlm.Planning;

/// <summary>Finds the placement that a strategy wants for one context.</summary>
internal sealed class PlacementSearch
{
    /// <summary>Auto leaves GPUs alone that would take less than one module in so many: copying to and fro costs more than they win.</summary>
    private const int WorthwhilePart = 10;

    private readonly ModelFootprint _model;
    private readonly PlanMachine _machine;
    private readonly PlacementStrategy _strategy;
    private readonly LayoutSearch _layouts;
    private readonly Dictionary<GpuSizeRules, WeightTable> _weights = [];
    private readonly LearnedCompute _learned;

    public PlacementSearch(ModelFootprint model, PlanMachine machine, PlacementStrategy strategy, long[] usable, MemoryBudget ram, LearnedCompute learned)
    {
        _learned = learned;
        _model = model;
        _machine = machine;
        _strategy = strategy;
        _layouts = new LayoutSearch(machine, usable, ram);
        foreach (GpuSizeRules rules in machine.Devices.Select(device => device.Rules).Distinct())
        {
            _weights.Add(rules, new WeightTable(model, rules));
        }
    }

    /// <summary>Whether the whole model fits on GPUs.</summary>
    public bool HoldsAll(CacheSettings settings) => _layouts.Holds(Costs(settings, 0), 0);

    /// <summary>The best placement; everything in RAM where no GPU can take a part.</summary>
    public Placement Find(CacheSettings settings)
    {
        CostTable whole = Costs(settings, 0);
        if (_layouts.Find(_strategy, whole, 0) is { } full)
        {
            return full.ToPlacement(0);
        }

        // First what every token passes, of as many layers as fit; then the experts of as many of those.
        int withoutExperts = _model.HasExperts ? _model.TrunkLayerCount : 0;
        CostTable dense = _model.HasExperts ? Costs(settings, withoutExperts) : whole;
        int modules = _model.LayerCount + 1;
        int start = _layouts.LowestStart(dense, _model.LayerCount) ?? modules;
        bool isWorthwhile = start < modules && (_strategy != PlacementStrategy.Auto || (modules - start) * WorthwhilePart >= modules);
        return isWorthwhile ? WithExperts(settings, start, withoutExperts) : Placement.OnHost(_model.LayerCount);
    }

    /// <summary>The best placement of a given number of modules; null where it does not fit.</summary>
    public Placement? FindAt(CacheSettings settings, int start) => _layouts.Find(_strategy, Costs(settings, 0), start)?.ToPlacement(0);

    // Those of the last layers; layers that are in RAM themselves have them there.
    private Placement WithExperts(CacheSettings settings, int start, int withoutExperts)
    {
        int low = Math.Min(start, withoutExperts);
        int high = withoutExperts;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _layouts.Holds(Costs(settings, middle), start) ? (low, middle) : (middle + 1, high);
        }

        return _layouts.Find(_strategy, Costs(settings, low), start)!.ToPlacement(low > start ? low : 0);
    }

    private CostTable Costs(CacheSettings settings, int firstExpertLayer) => new(_model, _machine, _weights, settings, firstExpertLayer, _learned);
}
