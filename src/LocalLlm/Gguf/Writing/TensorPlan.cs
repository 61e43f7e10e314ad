namespace LocalLlm.Gguf;

/// <summary>A tensor that is to be written.</summary>
internal sealed class TensorPlan
{
    private TensorPlan(string name, byte[] nameBytes, GgmlType type, long[] shape, long byteLength)
    {
        Name = name;
        NameBytes = nameBytes;
        Type = type;
        Shape = shape;
        ByteLength = byteLength;
    }

    public string Name { get; }

    public byte[] NameBytes { get; }

    public GgmlType Type { get; }

    public long[] Shape { get; }

    public long ByteLength { get; }

    /// <summary>Offset in the data section of its part; known when the header is written.</summary>
    public long Offset { get; set; }

    /// <summary>Bytes that its entry in the header takes.</summary>
    public int EntryBytes => GgufLimits.MinTensorBytes + NameBytes.Length + (Shape.Length * sizeof(long));

    /// <exception cref="ArgumentException">llama.cpp would not read such a tensor.</exception>
    public static TensorPlan Create(string name, GgmlType type, ReadOnlySpan<long> shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        byte[] nameBytes = StrictUtf8.GetBytes(name);
        if (nameBytes.Length > GgufLimits.MaxTensorNameBytes || nameBytes.Contains((byte)0))
        {
            throw new ArgumentException($"A tensor's name has 1 to {GgufLimits.MaxTensorNameBytes} bytes of UTF-8 and no zero byte: '{name}'.", nameof(name));
        }

        if (!GgmlTypeTraits.TryGet((int)type, out GgmlTypeTraits traits))
        {
            throw new ArgumentOutOfRangeException(nameof(type), type, "Not a tensor type of the pinned llama.cpp release.");
        }

        if (shape.Length > GgufLimits.MaxDimensions || shape.ContainsAnyInRange(long.MinValue, 0))
        {
            throw new ArgumentException($"The shape of '{name}' has at most {GgufLimits.MaxDimensions} dimensions, all above 0.", nameof(shape));
        }

        TensorEntry entry = default;
        entry.Type = (int)type;
        for (int i = 0; i < GgufLimits.MaxDimensions; i++)
        {
            entry.Shape[i] = i < shape.Length ? shape[i] : 1;
        }

        TensorSize.Measure(ref entry);
        if (entry.ByteLength < 0)
        {
            throw new ArgumentException(
                $"The rows of '{name}' are not a multiple of the {traits.BlockSize} of {traits.Name}, or its size does not fit 63 bits.", nameof(shape));
        }

        return new TensorPlan(name, nameBytes, type, shape.ToArray(), entry.ByteLength);
    }
}
