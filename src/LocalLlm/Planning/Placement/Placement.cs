namespace LocalLlm.Planning;

/// <summary>Which device has which module.</summary>
internal sealed record Placement
{
    /// <summary>The processor, among the devices' indices.</summary>
    public const int Host = -1;

    /// <summary>For each layer, and for the output behind them, the index of its device, or <see cref="Host"/>.</summary>
    public required int[] Modules { get; init; }

    /// <summary>Experts of the layers before this one stay in RAM, wherever the layer is. Default 0: none do.</summary>
    public int FirstExpertLayer { get; init; }

    /// <summary>Single tensors that are elsewhere than their layer. Default none.</summary>
    public IReadOnlyDictionary<string, int> Moved { get; init; } = new Dictionary<string, int>();

    /// <summary>Whether micro-batches overlap on several GPUs.</summary>
    public bool IsPipelined { get; init; }

    /// <summary>Modules on GPUs.</summary>
    public int OffloadedModules => Modules.Count(device => device != Host);

    /// <summary>The layers on GPUs whose experts stay in RAM.</summary>
    public IEnumerable<int> LayersWithExpertsInRam(ModelFootprint model) => model.Tensors
        .Where(tensor => tensor.Home.Kind == TensorHomeKind.Layer && StaysInRam(tensor) && Modules[tensor.Home.Layer] != Host)
        .Select(tensor => tensor.Home.Layer)
        .Distinct();

    /// <summary>Where a tensor's device is.</summary>
    public int DeviceOf(ModelTensor tensor) =>
        Moved.TryGetValue(tensor.Name, out int device) ? device : tensor.Home.Kind switch
        {
            TensorHomeKind.Layer when StaysInRam(tensor) => Host,
            TensorHomeKind.Layer => Modules[tensor.Home.Layer],
            TensorHomeKind.Output => Modules[^1],
            _ => Host,
        };

    private bool StaysInRam(ModelTensor tensor) => tensor.Part == LayerPart.Experts && tensor.Home.Layer < FirstExpertLayer;

    /// <summary>Everything in RAM.</summary>
    public static Placement OnHost(int layers)
    {
        int[] modules = new int[layers + 1];
        Array.Fill(modules, Host);
        return new Placement { Modules = modules };
    }
}
