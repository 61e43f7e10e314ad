namespace LocalLlm.Gguf.Rules;

/// <summary>
/// The hyper-parameters that llama.cpp reads for every architecture (load_hparams in llama-model.cpp), with the checks
/// that keep its assertions from ending the process. Arrays have one element per layer.
/// </summary>
internal sealed class Hyperparameters
{
    /// <summary>LLAMA_MAX_LAYERS.</summary>
    public const int MaxLayers = 512;

    /// <summary>LLAMA_MAX_EXPERTS.</summary>
    public const int MaxExperts = 1024;

    private static readonly long[] NoLayers = new long[MaxLayers];

    /// <summary>All layers, those of the draft head at the end too.</summary>
    public int LayerCountAll { get; private set; }

    /// <summary>Layers of the main model.</summary>
    public int LayerCount { get; private set; }

    public long ContextLength { get; private set; }

    public long OriginalContextLength { get; private set; }

    public long EmbeddingLength { get; private set; }

    public long EmbeddingLengthOut { get; private set; }

    public long ExpertCount { get; private set; }

    public long[] ExpertUsedCount { get; private set; } = NoLayers;

    public long[] HeadCount { get; private set; } = NoLayers;

    public long[] HeadCountKv { get; private set; } = NoLayers;

    public long[] FeedForwardLength { get; private set; } = NoLayers;

    public long KeyLength { get; private set; }

    public long ValueLength { get; private set; }

    public long RopeDimensions { get; private set; }

    public long KeyLengthSwa { get; private set; }

    public long ValueLengthSwa { get; private set; }

    public long RopeDimensionsSwa { get; private set; }

    public long ClassifierOutputs { get; private set; } = 1;

    public bool IsLongRope { get; private set; }

    /// <summary>Reads them; null where what follows would make no sense.</summary>
    public static Hyperparameters? Read(KeyReader keys)
    {
        Hyperparameters result = new();
        return result.ReadAll(keys) ? result : null;
    }

    private bool ReadAll(KeyReader keys)
    {
        ContextLength = keys.ReadUInt32("context_length", required: true);
        EmbeddingLength = keys.ReadUInt32("embedding_length", required: true);
        EmbeddingLengthOut = keys.ReadUInt32("embedding_length_out");
        bool? causal = keys.ReadBoolean("attention.causal");
        long pooling = keys.ReadUInt32("pooling_type");
        long layers = keys.ReadUInt32("block_count", required: true);
        long nextn = keys.ReadUInt32("nextn_predict_layers");
        if (RuleRun.IsRefusedIn(keys.Findings))
        {
            return false;
        }

        InRange(keys, "context_length", ContextLength, 1, int.MaxValue);
        InRange(keys, "embedding_length", EmbeddingLength, 1, 1 << 24);
        InRange(keys, "embedding_length_out", EmbeddingLengthOut, 0, 1 << 20);
        if (pooling != uint.MaxValue)
        {
            // All bits set is "unspecified".
            InRange(keys, "pooling_type", pooling, 0, 4);
        }

        if (!InRange(keys, "block_count", layers, 1, MaxLayers) || !InRange(keys, "nextn_predict_layers", nextn, 0, layers - 1))
        {
            return false;
        }

        if (causal == false)
        {
            keys.Warn("not-causal", "attention.causal", "The model attends to later tokens too: it makes embeddings, and can't generate as a chat model does.");
        }

        LayerCountAll = (int)layers;
        LayerCount = (int)(layers - nextn);
        ReadExperts(keys);
        FeedForwardLength = keys.ReadPerLayer("feed_forward_length", LayerCountAll, required: false) ?? NoLayers;
        ReadHeads(keys);
        ReadRope(keys);
        ReadLabels(keys);
        return !RuleRun.IsRefusedIn(keys.Findings);
    }

    private void ReadExperts(KeyReader keys)
    {
        ExpertCount = keys.ReadUInt32("expert_count");
        ExpertUsedCount = keys.ReadPerLayer("expert_used_count", LayerCountAll, required: false) ?? NoLayers;
        if (ExpertCount <= 1 && (keys.Architecture.SequenceEqual("hunyuan_vl"u8) || keys.Architecture.SequenceEqual("hunyuan-dense"u8)))
        {
            ExpertCount = 0;
            ExpertUsedCount = NoLayers;
        }

        long most = ExpertUsedCount.AsSpan(0, LayerCountAll).ToArray().Max();
        long groups = keys.ReadUInt32("expert_group_count");
        long groupsUsed = keys.ReadUInt32("expert_group_used_count");
        InRange(keys, "expert_count", ExpertCount, 0, MaxExperts);
        InRange(keys, "expert_used_count", most, ExpertCount > 0 ? 1 : 0, ExpertCount);
        if (!InRange(keys, "expert_group_count", groups, 0, Math.Max(0, ExpertCount - 1)) || groups <= 1)
        {
            return;
        }

        if (ExpertCount % groups != 0 || ExpertCount / groups < 2)
        {
            keys.Refuse("value-out-of-range", "expert_group_count", $"{ExpertCount} experts can't be divided into {groups} equal groups of two or more.");
        }

        InRange(keys, "expert_group_used_count", groupsUsed, 1, groups - 1);
    }

    private void ReadHeads(KeyReader keys)
    {
        HeadCount = keys.ReadPerLayer("attention.head_count", LayerCountAll, required: false) ?? NoLayers;
        HeadCountKv = keys.ReadPerLayer("attention.head_count_kv", LayerCountAll, required: false) ?? HeadCount;
        if (HeadCount[0] > 0)
        {
            KeyLength = keys.ReadUInt32("attention.key_length", EmbeddingLength / HeadCount[0]);
            ValueLength = keys.ReadUInt32("attention.value_length", EmbeddingLength / HeadCount[0]);
            RopeDimensions = keys.ReadUInt32("rope.dimension_count", KeyLength);
        }

        KeyLengthSwa = keys.ReadUInt32("attention.key_length_swa", KeyLength);
        ValueLengthSwa = keys.ReadUInt32("attention.value_length_swa", ValueLength);
        RopeDimensionsSwa = keys.ReadUInt32("rope.dimension_count_swa", RopeDimensions);
        CheckSize(keys, "attention.head_count", HeadCount);
        CheckSize(keys, "attention.head_count_kv", HeadCountKv);
    }

    /// <summary>llama.cpp multiplies heads and their sizes in 32 bits.</summary>
    private void CheckSize(KeyReader keys, string key, long[] heads)
    {
        long size = Math.Max(Math.Max(KeyLength, ValueLength), Math.Max(KeyLengthSwa, ValueLengthSwa));
        for (int i = 0; i < LayerCountAll; i++)
        {
            if (heads[i] > 1 << 20 || size > 1 << 20 || heads[i] * size > 1 << 28)
            {
                keys.Refuse("value-out-of-range", key, $"{heads[i]} heads of {size} elements are more than any model has.");
                return;
            }
        }
    }

    private void ReadRope(KeyReader keys)
    {
        keys.ReadBoolean("rope.scaling.finetuned");
        OriginalContextLength = keys.ReadUInt32("rope.scaling.original_context_length", ContextLength);
        keys.ReadFloat32("rope.freq_base");
        keys.ReadFloat32("rope.scaling.factor");
        if (!keys.Has("rope.scaling.factor"))
        {
            keys.ReadFloat32("rope.scale_linear");
        }

        keys.ReadFloat32("rope.scaling.attn_factor");
        keys.ReadFloat32("rope.scaling.alpha");
        ReadOnlySpan<byte> type = keys.ReadString("rope.scaling.type");
        IsLongRope = type.SequenceEqual("longrope"u8);
        bool isText = keys.TryFind("rope.scaling.type", out KeyValueEntry entry) && entry.Type == GgufValueType.String;
        if (isText && !IsLongRope
            && !type.SequenceEqual("none"u8) && !type.SequenceEqual("linear"u8) && !type.SequenceEqual("yarn"u8))
        {
            keys.Refuse("unknown-value", "rope.scaling.type", $"'{MetadataChecks.Text(type)}' is no way of RoPE scaling that llama.cpp knows: none, linear, yarn, longrope.");
        }
    }

    private void ReadLabels(KeyReader keys)
    {
        if (!keys.TryFind("classifier.output_labels", out KeyValueEntry entry) || !entry.IsArray)
        {
            return;
        }

        if (entry.ElementType != GgufValueType.String)
        {
            keys.Refuse("wrong-type", "classifier.output_labels", $"'{keys.FullName("classifier.output_labels")}' must be an array of strings.");
        }

        ClassifierOutputs = Math.Max(1, entry.Count);
    }

    private static bool InRange(KeyReader keys, string key, long value, long least, long most)
    {
        if (value >= least && value <= most)
        {
            return true;
        }

        keys.Refuse("value-out-of-range", key, most < least
            ? $"'{keys.FullName(key)}' is {value}, which the other numbers of the model do not allow."
            : $"'{keys.FullName(key)}' is {value}; the model allows {least} to {most}.");
        return false;
    }
}
