namespace LocalLlm.Planning;

/// <summary>
/// What modules cost on each GPU for one context: sums, so that any range costs two look-ups, and the part of a GPU's cost
/// that does not depend on how many modules it has.
/// </summary>
internal sealed class CostTable
{
    private readonly PlanMachine _machine;
    private readonly ComputeBound _bound;
    private readonly CacheSettings _settings;
    private readonly LearnedCompute _learned;
    private readonly Dictionary<GpuSizeRules, Costs> _costs = [];
    private readonly long[] _hostCaches;
    private readonly int _firstExpertLayer;

    /// <param name="model">The model.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="weights">The weights in the buffers of each of its GPUs.</param>
    /// <param name="settings">The context.</param>
    /// <param name="firstExpertLayer">Experts of the layers before it are in RAM.</param>
    /// <param name="learned">What is known of the compute buffers beyond their bounds.</param>
    public CostTable(
        ModelFootprint model, PlanMachine machine, IReadOnlyDictionary<GpuSizeRules, WeightTable> weights, CacheSettings settings, int firstExpertLayer, LearnedCompute learned)
    {
        _machine = machine;
        _settings = settings;
        _learned = learned;
        _bound = new ComputeBound(model, settings);
        _firstExpertLayer = firstExpertLayer;
        HasHostExperts = firstExpertLayer > 0;
        _hostCaches = new long[model.LayerCount + 1];
        for (int i = 0; i < model.LayerCount; i++)
        {
            _hostCaches[i + 1] = checked(_hostCaches[i] + model.Caches[i].Bytes(settings, GpuSizeRules.Host));
        }

        foreach (WeightTable table in weights.Values)
        {
            _costs.Add(table.Rules, Sum(model, table, settings));
        }
    }

    /// <summary>Whether some experts are in RAM.</summary>
    public bool HasHostExperts { get; }

    /// <summary>Bytes of the modules before each module on a device.</summary>
    public long[] Sums(int device) => _costs[_machine.Devices[device].Rules].Sums;

    /// <summary>Bytes on a device beside those of its modules.</summary>
    /// <param name="device">Its index.</param>
    /// <param name="place">Its place among the devices in use.</param>
    /// <param name="count">How many are in use.</param>
    /// <param name="start">The first module that is not in RAM.</param>
    /// <param name="isPipelined">Whether they are pipelined.</param>
    public long Fixed(int device, int place, int count, int start, bool isPipelined)
    {
        Costs costs = _costs[_machine.Devices[device].Rules];
        DeviceRole role = new()
        {
            IsFirst = place == 0,
            IsAlone = count == 1,
            HasOutput = place == count - 1,
            IsPipelined = isPipelined,
            CopiesQuantizedCache = _machine.Devices[device].CopiesQuantizedCache,
            LargestHostTensor = costs.LargestHostTensor[start],
            LargestHostCache = costs.LargestCache[start],
        };
        long compute = _bound.Device(role);
        return checked(costs.Shared + _learned.OnDevice(device, role, _settings, compute));
    }

    /// <summary>Bytes that must be in RAM beside the weights.</summary>
    public long HostAnonymous(int start, bool isPipelined)
    {
        bool hasLayers = start > 0 || HasHostExperts;
        HostRole role = new(HasGpu: true, hasLayers, HasOutput: false, isPipelined);
        long compute = _bound.Host(role);
        return checked(_hostCaches[start] + _learned.InRam(role, _settings, compute) + _bound.OutputBuffer());
    }

    private Costs Sum(ModelFootprint model, WeightTable table, CacheSettings settings)
    {
        int layers = model.LayerCount;
        Costs costs = new(new long[layers + 2], new long[layers + 1], new long[layers + 1], table.Shared);
        long experts = 0;
        for (int i = 0; i < layers; i++)
        {
            bool expertsStay = i < _firstExpertLayer;
            long cache = model.Caches[i].Bytes(settings, table.Rules);
            costs.Sums[i + 1] = checked(costs.Sums[i] + table.Others[i] + (expertsStay ? 0 : table.Experts[i]) + cache);
            costs.LargestHostTensor[i + 1] = Math.Max(costs.LargestHostTensor[i], Math.Max(table.LargestOther[i], table.LargestExpert[i]));
            // As it is in RAM: without padding.
            costs.LargestCache[i + 1] = Math.Max(costs.LargestCache[i], _hostCaches[i + 1] - _hostCaches[i]);
            experts = expertsStay ? Math.Max(experts, table.LargestExpert[i]) : experts;
        }

        for (int i = 0; i <= layers; i++)
        {
            costs.LargestHostTensor[i] = Math.Max(costs.LargestHostTensor[i], experts);
        }

        costs.Sums[layers + 1] = checked(costs.Sums[layers] + table.Output);
        return costs;
    }

    private sealed record Costs(long[] Sums, long[] LargestHostTensor, long[] LargestCache, long Shared);
}
