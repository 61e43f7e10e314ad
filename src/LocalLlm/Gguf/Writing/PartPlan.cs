namespace LocalLlm.Gguf;

/// <summary>What one written file holds.</summary>
/// <param name="Metadata">Its metadata.</param>
/// <param name="Tensors">Its tensors, whose offsets are set.</param>
/// <param name="IsSplit">Whether it is one of several; llama.cpp pads the header of such a part even when no tensor follows.</param>
internal sealed record PartPlan(GgufMetadataBuilder Metadata, List<TensorPlan> Tensors, bool IsSplit)
{
    public long Alignment => Metadata.Alignment;

    /// <summary>Lays tensors out, in parts where that is asked for, with the keys that llama.cpp's gguf-split sets.</summary>
    public static List<PartPlan> Create(GgufMetadataBuilder metadata, List<TensorPlan> tensors, GgufSplitOptions? split)
    {
        List<PartPlan> parts = split is null ? [new PartPlan(metadata, tensors, IsSplit: false)] : Cut(metadata, tensors, split);
        foreach (PartPlan part in parts)
        {
            long offset = 0;
            foreach (TensorPlan tensor in part.Tensors)
            {
                tensor.Offset = offset;
                offset = checked(PartHeader.AlignUp(checked(offset + tensor.ByteLength), part.Alignment));
            }
        }

        return parts;
    }

    private static List<PartPlan> Cut(GgufMetadataBuilder metadata, List<TensorPlan> tensors, GgufSplitOptions split)
    {
        List<List<TensorPlan>> groups = [[]];
        if (split.NoTensorsInFirstPart)
        {
            groups.Add([]);
        }

        long bytes = 0;
        for (int i = 0; i < tensors.Count; i++)
        {
            long padded = PartHeader.AlignUp(tensors[i].ByteLength, GgufLimits.DefaultAlignment);
            bool full = split.MaxTensors is int most ? i > 0 && i % most == 0 : bytes + padded > split.MaxBytes;
            if (full && groups[^1].Count > 0)
            {
                groups.Add([]);
                bytes = 0;
            }

            bytes += padded;
            groups[^1].Add(tensors[i]);
        }

        if (groups.Count > GgufLimits.MaxParts)
        {
            throw new ArgumentException($"The model would be cut into {groups.Count} parts; the most is {GgufLimits.MaxParts}.", nameof(split));
        }

        List<PartPlan> parts = [];
        for (int i = 0; i < groups.Count; i++)
        {
            GgufMetadataBuilder own = i == 0 ? metadata.Clone() : new GgufMetadataBuilder();
            SetKeys(own, i, groups.Count, tensors.Count);
            parts.Add(new PartPlan(own, groups[i], IsSplit: true));
        }

        return parts;
    }

    /// <summary>Sets the keys at the end and in the order in which gguf-split does.</summary>
    private static void SetKeys(GgufMetadataBuilder metadata, int number, int count, int tensorCount)
    {
        RemoveKeys(metadata);
        metadata.SetUInt16(GgufKeys.SplitNumber, (ushort)number);
        metadata.SetInt32(GgufKeys.SplitTensorsCount, tensorCount);
        metadata.SetUInt16(GgufKeys.SplitCount, (ushort)count);
    }

    /// <summary>Removes what makes a file a part of a set.</summary>
    public static void RemoveKeys(GgufMetadataBuilder metadata)
    {
        foreach (string key in GgufKeys.Split)
        {
            metadata.Remove(key);
        }
    }
}
