namespace LocalLlm.Gguf;

/// <summary>Adds up what a file's header says.</summary>
internal static class SummaryBuilder
{
    public static GgufSummary Build(GgufFile file)
    {
        GgufMetadata metadata = file.Metadata;
        IReadOnlyList<GgufTensorInfo> tensors = file.Tensors;
        Totals all = new();
        OrderedDictionary<GgmlType, Totals> types = [];
        OrderedDictionary<LayerName, Totals> layers = [];
        foreach (GgufTensorInfo tensor in tensors)
        {
            all.Add(tensor);
            TotalsOf(types, tensor.Type).Add(tensor);
            TotalsOf(layers, LayerName.Of(tensor.Name)).Add(tensor);
        }

        string? architecture = file.Architecture;
        return new GgufSummary
        {
            Architecture = architecture,
            Name = metadata.TryGetString(GgufKeys.Name, out string? name) ? name : null,
            FileType = FileType(metadata, types),
            HasChatTemplate = metadata.TryGetValueType(GgufKeys.ChatTemplate, out GgufValueType type) && type == GgufValueType.String,
            VocabularySize = metadata.TryGetArrayInfo("tokenizer.ggml.tokens", out _, out int length) ? length : null,
            ContextLength = metadata.TryGetInteger($"{architecture}.context_length", out long context) ? context : null,
            BlockCount = metadata.TryGetInteger($"{architecture}.block_count", out long blocks) ? blocks : null,
            TensorCount = tensors.Count,
            ParameterCount = all.Elements,
            TensorBytes = all.Bytes,
            Types = [.. types
                .Select(item => new GgufTypeSize(item.Key, item.Value.Count, item.Value.Elements, item.Value.Bytes))
                .OrderByDescending(item => item.Bytes)],
            Layers = [.. layers.Select(item =>
                new GgufLayerSize(item.Key.Name, item.Key.Index, item.Value.Count, item.Value.Elements, item.Value.Bytes))],
        };
    }

    private static string FileType(GgufMetadata metadata, OrderedDictionary<GgmlType, Totals> types)
    {
        if (metadata.TryGetInteger(GgufKeys.FileType, out long written))
        {
            return FileTypes.Name(written) ?? FileTypes.Unknown(written);
        }

        return types.Count == 0 ? "none" : FileTypes.Guess(types.MaxBy(item => item.Value.Count).Key);
    }

    private static Totals TotalsOf<TKey>(OrderedDictionary<TKey, Totals> groups, TKey key)
        where TKey : notnull
    {
        if (!groups.TryGetValue(key, out Totals? totals))
        {
            totals = new Totals();
            groups.Add(key, totals);
        }

        return totals;
    }

    /// <summary>Sums; those of a damaged file stop at the largest number.</summary>
    private sealed class Totals
    {
        public int Count { get; private set; }

        public long Elements { get; private set; }

        public long Bytes { get; private set; }

        public void Add(GgufTensorInfo tensor)
        {
            Count++;
            Elements = Sum(Elements, tensor.ElementCount);
            Bytes = Sum(Bytes, tensor.ByteLength);
        }

        private static long Sum(long a, long b) => (long)Math.Min((ulong)a + (ulong)Math.Max(0, b), long.MaxValue);
    }
}
