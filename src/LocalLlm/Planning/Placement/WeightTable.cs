namespace LocalLlm.Planning;

/// <summary>A model's weights in buffers of one kind, by layer.</summary>
internal sealed class WeightTable
{
    public WeightTable(ModelFootprint model, GpuSizeRules rules)
    {
        Rules = rules;
        Experts = model.LayerBytes(rules, part => part == LayerPart.Experts);
        Others = model.LayerBytes(rules, part => part != LayerPart.Experts);
        Output = model.OutputBytes(rules);
        Shared = model.Bytes(TensorHomeKind.EachDevice, rules);
        LargestExpert = new long[model.LayerCount];
        LargestOther = new long[model.LayerCount];
        foreach (ModelTensor tensor in model.Tensors)
        {
            if (tensor.Home.Kind == TensorHomeKind.Layer)
            {
                long[] largest = tensor.Part == LayerPart.Experts ? LargestExpert : LargestOther;
                largest[tensor.Home.Layer] = Math.Max(largest[tensor.Home.Layer], ModelFootprint.Bytes(tensor, rules));
            }
        }
    }

    public GpuSizeRules Rules { get; }

    /// <summary>Bytes of each layer's experts.</summary>
    public long[] Experts { get; }

    /// <summary>Bytes of all else in each layer.</summary>
    public long[] Others { get; }

    /// <summary>Bytes of the output.</summary>
    public long Output { get; }

    /// <summary>Bytes of what every device with layers has.</summary>
    public long Shared { get; }

    public long[] LargestExpert { get; }

    public long[] LargestOther { get; }
}
