namespace LocalLlm.Planning;

/// <summary>What a placement takes where: the numbers of the plan, and the judge of every budget.</summary>
internal sealed class PlacementFigures
{
    private readonly DeviceRole[] _roles;
    private readonly long[] _bounds;
    private readonly CacheSettings _settings;
    private long _hostBound;
    private long _outputBuffer;
    private HostRole _hostRole;

    private PlacementFigures(int devices, int modules, CacheSettings settings)
    {
        _roles = new DeviceRole[devices];
        _bounds = new long[devices];
        _settings = settings;
        Weights = new long[devices];
        Caches = new long[devices];
        Compute = new long[devices];
        ModuleWeights = new long[modules];
        ModuleCaches = new long[modules];
        ModuleWeightsElsewhere = new long[modules];
    }

    /// <summary>Bytes of weights on each GPU.</summary>
    public long[] Weights { get; }

    /// <summary>Bytes of keys, values and states on each GPU.</summary>
    public long[] Caches { get; }

    /// <summary>Upper bound of each GPU's compute buffer; what llama.cpp says after <see cref="Confirm"/>.</summary>
    public long[] Compute { get; }

    /// <summary>Whether the compute buffers are llama.cpp's own figures.</summary>
    public bool IsSimulated { get; private set; }

    /// <summary>Bytes of each layer's weights, and of the output's, wherever they are.</summary>
    public long[] ModuleWeights { get; }

    /// <summary>Those of <see cref="ModuleWeights"/> that are not on the module's device.</summary>
    public long[] ModuleWeightsElsewhere { get; }

    /// <summary>Bytes that each layer keeps of the context.</summary>
    public long[] ModuleCaches { get; }

    /// <summary>Bytes of weights in RAM, those of the input embeddings too.</summary>
    public long HostWeights { get; private set; }

    /// <summary>Those among <see cref="HostWeights"/> that are read for every token.</summary>
    public long HostWeightsPerToken { get; private set; }

    /// <summary>Those among <see cref="HostWeights"/> that the processor may copy into another layout.</summary>
    public long HostRepackable { get; private set; }

    /// <summary>Embeddings that the processor may copy for the output, and also keeps to look them up.</summary>
    public long HostRepackableCopy { get; private set; }

    public long HostCaches { get; private set; }

    public long HostCompute { get; private set; }

    /// <summary>Indices of the GPUs in use, in the order of their layers.</summary>
    public List<int> Order { get; } = [];

    /// <summary>Whether anything but the input embeddings is in RAM.</summary>
    public bool HasHostWork { get; private set; }

    /// <summary>Bytes in RAM that must be there, whatever happens to the mapped weights.</summary>
    public long HostAnonymous => HostCaches + HostCompute;

    /// <summary>Bytes of weights that must be in RAM because of how they get there. What is locked is the file to the last weight in RAM, those of GPUs before it as well.</summary>
    public long HeldWeights(WeightLoading loading, ModelFootprint model) => loading switch
    {
        WeightLoading.Copied => HostWeights,
        WeightLoading.Locked => model.Tensors.Sum(tensor => tensor.Bytes),
        _ => 0,
    };

    /// <summary>What a GPU needs.</summary>
    public long Used(int device) => Weights[device] + Caches[device] + Compute[device];

    /// <summary>Adds up a placement.</summary>
    public static PlacementFigures Of(ModelFootprint model, PlanMachine machine, Placement placement, CacheSettings settings, LearnedCompute? learned = null)
    {
        PlacementFigures figures = new(machine.Devices.Count, model.LayerCount + 1, settings);
        bool[] isUsed = new bool[machine.Devices.Count];
        foreach (int device in placement.Modules.Concat(placement.Moved.Values))
        {
            if (device != Placement.Host && !isUsed[device])
            {
                isUsed[device] = true;
                figures.Order.Add(device);
            }
        }

        long[] largestHostTensor = new long[machine.Devices.Count];
        figures.AddWeights(model, machine, placement, largestHostTensor);
        long largestHostCache = figures.AddCaches(model, machine, placement, settings);
        figures.AddCompute(model, machine, placement, settings, largestHostTensor, largestHostCache, learned ?? new LearnedCompute());
        return figures;
    }

    /// <summary>Takes what llama.cpp says that the compute buffers need, in place of the bounds.</summary>
    /// <param name="compute">Bytes by GPU.</param>
    /// <param name="inRam">Bytes in RAM, without the logits.</param>
    /// <param name="learned">Learns the differences.</param>
    public void Confirm(Func<int, long> compute, long inRam, LearnedCompute learned)
    {
        foreach (int device in Order)
        {
            Compute[device] = compute(device);
            learned.Learn(device, _roles[device], _settings, _bounds[device], Compute[device]);
        }

        HostCompute = checked(inRam + _outputBuffer);
        learned.LearnInRam(_hostRole, _settings, _hostBound, inRam);
        IsSimulated = true;
    }

    private void AddWeights(ModelFootprint model, PlanMachine machine, Placement placement, long[] largestHostTensor)
    {
        foreach (ModelTensor tensor in model.Tensors)
        {
            switch (tensor.Home.Kind)
            {
                case TensorHomeKind.Skipped:
                    continue;
                case TensorHomeKind.EachDevice:
                    AddShared(tensor, model, machine, placement);
                    continue;
                default:
                    Add(tensor, placement, machine, largestHostTensor, model);
                    continue;
            }
        }

        // In RAM the output shares the embeddings with the input.
        int output = placement.Modules[^1];
        if (model.OutputTied is { } tied)
        {
            if (output == Placement.Host)
            {
                HostWeightsPerToken += ModelFootprint.Bytes(tied, GpuSizeRules.Host);
                HostRepackableCopy = machine.RepackedTypes.Contains(tied.Type) ? ModelFootprint.Bytes(tied, GpuSizeRules.Host) : 0;
                HasHostWork = true;
            }
            else
            {
                long bytes = ModelFootprint.Bytes(tied, machine.Devices[output].Rules);
                Weights[output] = checked(Weights[output] + bytes);
                ModuleWeights[^1] += bytes;
            }
        }
    }

    private void Add(ModelTensor tensor, Placement placement, PlanMachine machine, long[] largestHostTensor, ModelFootprint model)
    {
        int device = placement.DeviceOf(tensor);
        long bytes = ModelFootprint.Bytes(tensor, machine.RulesOf(device));
        bool isInput = tensor.Home.Kind == TensorHomeKind.Input;
        if (!isInput)
        {
            int module = tensor.Home.Kind == TensorHomeKind.Output ? model.LayerCount : tensor.Home.Layer;
            ModuleWeights[module] = checked(ModuleWeights[module] + bytes);
            ModuleWeightsElsewhere[module] += device == placement.Modules[module] ? 0 : bytes;
        }

        if (device != Placement.Host)
        {
            Weights[device] = checked(Weights[device] + bytes);
            return;
        }

        HostWeights = checked(HostWeights + bytes);
        if (isInput)
        {
            return;
        }

        HasHostWork = true;
        HostWeightsPerToken += tensor.Part == LayerPart.Experts ? (long)(bytes * model.ExpertShare) : bytes;
        HostRepackable += machine.RepackedTypes.Contains(tensor.Type) && tensor.Part != LayerPart.Norm ? bytes : 0;
        for (int d = 0; d < largestHostTensor.Length; d++)
        {
            largestHostTensor[d] = Math.Max(largestHostTensor[d], ModelFootprint.Bytes(tensor, machine.Devices[d].Rules));
        }
    }

    private void AddShared(ModelTensor tensor, ModelFootprint model, PlanMachine machine, Placement placement)
    {
        HashSet<int> devices = [];
        for (int i = 0; i < model.LayerCount; i++)
        {
            if (model.UsesShared(i))
            {
                devices.Add(placement.Modules[i]);
            }
        }

        foreach (int device in devices)
        {
            if (device == Placement.Host)
            {
                HostWeights += ModelFootprint.Bytes(tensor, GpuSizeRules.Host);
            }
            else
            {
                Weights[device] += ModelFootprint.Bytes(tensor, machine.Devices[device].Rules);
            }
        }
    }

    private long AddCaches(ModelFootprint model, PlanMachine machine, Placement placement, CacheSettings settings)
    {
        long largest = 0;
        for (int i = 0; i < model.LayerCount; i++)
        {
            int device = placement.Modules[i];
            long bytes = model.Caches[i].Bytes(settings, machine.RulesOf(device));
            ModuleCaches[i] = bytes;
            if (device == Placement.Host)
            {
                HostCaches = checked(HostCaches + bytes);
                largest = Math.Max(largest, bytes);
            }
            else
            {
                Caches[device] = checked(Caches[device] + bytes);
            }
        }

        return largest;
    }

    private void AddCompute(
        ModelFootprint model, PlanMachine machine, Placement placement, CacheSettings settings, long[] largestHostTensor, long largestHostCache, LearnedCompute learned)
    {
        ComputeBound bound = new(model, settings);
        for (int i = 0; i < Order.Count; i++)
        {
            int device = Order[i];
            _roles[device] = new DeviceRole
            {
                IsFirst = i == 0,
                IsAlone = Order.Count == 1,
                HasOutput = placement.Modules[^1] == device,
                IsPipelined = placement.IsPipelined,
                CopiesQuantizedCache = machine.Devices[device].CopiesQuantizedCache,
                LargestHostTensor = largestHostTensor[device],
                LargestHostCache = largestHostCache,
            };
            _bounds[device] = bound.Device(_roles[device]);
            Compute[device] = learned.OnDevice(device, _roles[device], settings, _bounds[device]);
        }

        _hostRole = new HostRole(
            Order.Count > 0,
            HasHostWork || placement.Modules.AsSpan(0, model.LayerCount).Contains(Placement.Host),
            placement.Modules[^1] == Placement.Host,
            placement.IsPipelined);
        _hostBound = bound.Host(_hostRole);
        _outputBuffer = bound.OutputBuffer();
        long inRam = learned.InRam(_hostRole, settings, _hostBound);
        HostCompute = checked(inRam + _outputBuffer);
    }
}
