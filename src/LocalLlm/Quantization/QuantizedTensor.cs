namespace LocalLlm.Quantization;

/// <summary>A tensor of a model that is quantized.</summary>
internal sealed record QuantizedTensor
{
    private QuantizedTensor(GgufTensorInfo source, long[] shape)
    {
        Source = source;
        Shape = shape;
        Role = TensorRoles.Of(source.Name);
        IsQuantized = TensorRoles.IsQuantized(source.Name, shape.Length);
    }

    public GgufTensorInfo Source { get; }

    public string Name => Source.Name;

    public GgmlType SourceType => Source.Type;

    /// <summary>Its dimensions, without those of 1 at the end: llama.cpp writes no others.</summary>
    public long[] Shape { get; }

    public TensorRole Role { get; }

    /// <summary>Whether the quantizer touches it.</summary>
    public bool IsQuantized { get; }

    public long RowElements => Shape[0];

    public long Rows => Source.ElementCount / Math.Max(1, RowElements);

    /// <summary>Experts, where it holds those of a layer.</summary>
    public long Matrices => Source.Dimension(2);

    /// <summary>The tensors of a model in the order in which llama.cpp quantizes and writes them: those outside the layers, then layer by layer, by name.</summary>
    public static QuantizedTensor[] AllOf(GgufFile file)
    {
        QuantizedTensor[] tensors = [.. file.Tensors.Select(tensor => new QuantizedTensor(tensor, ShapeOf(tensor)))];
        int[] layers = [.. tensors.Select(tensor => LayerOf(tensor.Name))];
        int[] order = [.. Enumerable.Range(0, tensors.Length)];
        Array.Sort(order, (a, b) => layers[a] != layers[b] ? layers[a].CompareTo(layers[b]) : string.CompareOrdinal(tensors[a].Name, tensors[b].Name));
        return [.. order.Select(i => tensors[i])];
    }

    private static int LayerOf(string name) => name.StartsWith("blk.", StringComparison.Ordinal) ? Gguf.LayerName.Of(name).Index ?? -1 : -1;

    private static long[] ShapeOf(GgufTensorInfo tensor)
    {
        int dimensions = tensor.Shape.Length;
        while (dimensions > 1 && tensor.Shape[dimensions - 1] == 1)
        {
            dimensions--;
        }

        return dimensions == 0 ? [1] : [.. tensor.Shape.AsSpan(0, dimensions)];
    }
}
