using System.Collections.Frozen;
using LocalLlm.Gguf;
using LocalLlm.Gguf.Rules;

namespace LocalLlm.Planning;

/// <summary>
/// What a model needs, from its header alone: bytes of each layer's weights by part, of the embeddings and the output, and
/// what each layer keeps of the context. Immutable, and independent of the file once made.
/// </summary>
internal sealed class ModelFootprint
{
    /// <summary>Models without an output of their own that do not use the embeddings as one.</summary>
    private static readonly FrozenSet<string> WithoutOutput = FrozenSet.Create(
        "bert", "jina-bert-v2", "jina-bert-v3", "nomic-bert", "nomic-bert-moe", "neo-bert", "eurobert", "modern-bert", "wavtokenizer-dec");

    private ModelTensor[] _tensors;
    private LayerCache[] _caches;

    private ModelFootprint(GgufFile file, ModelShape shape)
    {
        Hyperparameters model = shape.Model;
        Location = file.Location;
        Architecture = shape.Architecture;
        LayerCount = model.LayerCountAll;
        TrunkLayerCount = model.LayerCount;
        TrainedContextLength = (int)Math.Min(model.ContextLength, int.MaxValue);
        _caches = CacheRules.Of(shape);
        _tensors = [.. file.Tensors.Select(Describe)];
        OutputTied = !WithoutOutput.Contains(Architecture) && !Array.Exists(_tensors, tensor => tensor.Name == "output.weight")
            ? Array.Find(_tensors, tensor => tensor.Name == "token_embd.weight")
            : null;
        Family = FamilyOf(shape);
        Work = WorkOf(file, shape);
        HasDraftHead = LayerCount > TrunkLayerCount;
        ExpertShare = model.ExpertCount > 0 ? (double)Work.ExpertsUsed / model.ExpertCount : 1;
        ModelTensor Describe(GgufTensorInfo tensor) => new(
            tensor.Name,
            tensor.Type,
            tensor.Dimension(0),
            tensor.ByteLength,
            TensorRules.Home(tensor.Name, Architecture, TrunkLayerCount),
            TensorRules.Part(tensor.Name));
    }

    /// <summary>Path or address of the model.</summary>
    public string Location { get; }

    public string Architecture { get; }

    public ModelFamily Family { get; }

    /// <summary>Whether every layer keeps keys and values of all tokens and nothing else: more sequences cost nothing then.</summary>
    public bool HasPlainAttention => Family is ModelFamily.Dense or ModelFamily.Experts or ModelFamily.Latent && Caches.All(cache => cache.Window == 0);

    /// <summary>All layers, those of a draft head too: llama.cpp counts them when it places layers. The output is the module behind them.</summary>
    public int LayerCount { get; }

    /// <summary>Layers without a draft head.</summary>
    public int TrunkLayerCount { get; }

    /// <summary>Whether the model ends with layers that only guess tokens ahead; their weights are not loaded.</summary>
    public bool HasDraftHead { get; }

    /// <summary>Tokens of context that the model was trained on.</summary>
    public int TrainedContextLength { get; }

    public IReadOnlyList<ModelTensor> Tensors => _tensors;

    /// <summary>What each layer keeps of the context.</summary>
    public IReadOnlyList<LayerCache> Caches => _caches;

    /// <summary>The embeddings, where they are the output as well: a device that computes the output has a copy.</summary>
    public ModelTensor? OutputTied { get; private set; }

    /// <summary>Widths for the compute buffers.</summary>
    public LayerWork Work { get; }

    /// <summary>Whether there are experts that can be left in RAM.</summary>
    public bool HasExperts => Array.Exists(_tensors, tensor => tensor.Part == LayerPart.Experts);

    /// <summary>Which part of its experts a token passes; 1 without experts.</summary>
    public double ExpertShare { get; }

    /// <summary>Reads the header of an open file.</summary>
    /// <exception cref="GgufFormatException">The file is refused by <see cref="GgufFile.Validate"/>, or its sizes make no sense.</exception>
    public static ModelFootprint Of(GgufFile file)
    {
        file.ThrowIfRefused();
        try
        {
            return ModelShape.Read(file) is ModelShape shape
                ? new ModelFootprint(file, shape)
                : throw new GgufFormatException($"The metadata of {file.Location} do not describe a model that can be planned.", null, GgufKeys.Architecture);
        }
        catch (OverflowException)
        {
            throw new GgufFormatException($"The sizes in {file.Location} are larger than any memory.", null, GgufKeys.Architecture);
        }
    }

    /// <summary>The model with caches so many times as large.</summary>
    public ModelFootprint WithCachesTimes(double factor)
    {
        ModelFootprint copy = (ModelFootprint)MemberwiseClone();
        copy._caches = [.. _caches.Select(cache => cache with
        {
            KeyElements = Times(cache.KeyElements),
            ValueElements = Times(cache.ValueElements),
            PaddedValueElements = Times(cache.PaddedValueElements) ?? 0,
        })];
        return copy;

        long? Times(long? elements) => elements is null ? null : (long)Math.Ceiling(elements.Value * factor);
    }

    /// <summary>The model with other weights: tensors of the same names, in the same places.</summary>
    public ModelFootprint WithWeights(Func<ModelTensor, ModelTensor> change)
    {
        ModelFootprint copy = (ModelFootprint)MemberwiseClone();
        copy._tensors = [.. _tensors.Select(change)];
        copy.OutputTied = OutputTied is { } tied ? change(tied) : null;
        return copy;
    }

    /// <summary>The model with weights so many times as large.</summary>
    public ModelFootprint WithWeightsTimes(double factor) => WithWeights(tensor => tensor with { Bytes = (long)Math.Ceiling(tensor.Bytes * factor) });

    /// <summary>Bytes of one layer's tensors of the wanted parts in a buffer.</summary>
    public long[] LayerBytes(GpuSizeRules rules, Func<LayerPart, bool> isWanted)
    {
        long[] bytes = new long[LayerCount];
        foreach (ModelTensor tensor in _tensors)
        {
            if (tensor.Home.Kind == TensorHomeKind.Layer && isWanted(tensor.Part))
            {
                bytes[tensor.Home.Layer] = checked(bytes[tensor.Home.Layer] + Bytes(tensor, rules));
            }
        }

        return bytes;
    }

    /// <summary>Bytes of the tensors outside the layers in a buffer; the output without tied embeddings.</summary>
    public long Bytes(TensorHomeKind kind, GpuSizeRules rules)
    {
        long bytes = 0;
        foreach (ModelTensor tensor in _tensors)
        {
            bytes = tensor.Home.Kind == kind ? checked(bytes + Bytes(tensor, rules)) : bytes;
        }

        return bytes;
    }

    /// <summary>Bytes of the output module on a device: with a copy of tied embeddings.</summary>
    public long OutputBytes(GpuSizeRules rules) =>
        checked(Bytes(TensorHomeKind.Output, rules) + (OutputTied is { } tied ? Bytes(tied, rules) : 0));

    /// <summary>Whether the layer uses the tensors that each device has a copy of: Gemma 4 rotates the layers with a window without them.</summary>
    public bool UsesShared(int layer) => layer < TrunkLayerCount && (Architecture != "gemma4" || _caches[layer].Window == 0);

    /// <summary>Bytes of a tensor in a buffer.</summary>
    public static long Bytes(ModelTensor tensor, GpuSizeRules rules) => rules.Bytes(tensor.Type, tensor.RowElements, tensor.Bytes);

    private static ModelFamily FamilyOf(ModelShape shape) => shape switch
    {
        { IsCovered: false } or { Architecture: "t5" or "t5encoder" } => ModelFamily.NativeOnly,
        _ when !CacheRules.HasCache(shape.Architecture) => ModelFamily.Encoder,
        { IsPurelyRecurrent: true } => ModelFamily.Recurrent,
        { IsHybrid: true } => ModelFamily.Hybrid,
        _ when CacheRules.IsLatent(shape) => ModelFamily.Latent,
        { Model.ExpertCount: > 0 } => ModelFamily.Experts,
        { HasWindow: true } => ModelFamily.Window,
        _ => ModelFamily.Dense,
    };

    private LayerWork WorkOf(GgufFile file, ModelShape shape)
    {
        Hyperparameters model = shape.Model;
        int layers = model.LayerCountAll;
        long inner = shape.Value("ssm_d_inner");
        long groups = checked(2 * shape.Value("ssm_n_group") * shape.Value("ssm_d_state"));
        return new LayerWork
        {
            Embedding = model.EmbeddingLength,
            Vocabulary = file.TryGetTensor("token_embd.weight", out GgufTensorInfo? embeddings) ? embeddings.Dimension(1) : 0,
            FeedForward = model.FeedForwardLength.AsSpan(0, layers).ToArray().Max(),
            ExpertFeedForward = Math.Max(shape.ExpertFeedForwardLength.Max(), model.ExpertCount > 0 ? ExpertWidth() : 0),
            ExpertsUsed = model.ExpertCount > 0 ? model.ExpertUsedCount.AsSpan(0, layers).ToArray().Max() : 0,
            Heads = model.HeadCount.AsSpan(0, layers).ToArray().Max(),
            Queries = Most(i => model.HeadCount[i] * shape.KeyLength(i)),
            Keys = Most(i => model.HeadCountKv[i] * shape.KeyLength(i)),
            Values = Most(i => model.HeadCountKv[i] * shape.ValueLength(i)),
            IsFused = Array.Exists(_tensors, tensor => tensor.Name.EndsWith("attn_qkv.weight", StringComparison.Ordinal)),
            CapsScores = shape.Architecture is "gemma2" or "grok" || file.Metadata.ContainsKey($"{shape.Architecture}.attn_logit_softcapping"),
            Mixer = inner > 0 ? checked((4 * inner) + (2 * groups)) : shape.IsRecurrent(0) ? 8 * model.EmbeddingLength : 0,
            State = _caches.Max(cache => checked((cache.ConvolutionElements ?? 0) + cache.StateElements)),
        };

        long Most(Func<int, long> width)
        {
            long most = 0;
            for (int i = 0; i < layers; i++)
            {
                most = Math.Max(most, checked(width(i)));
            }

            return most;
        }

        // What the rules do not tell the shapes do.
        long ExpertWidth() => file.TryGetTensor($"blk.{layers - 1}.ffn_down_exps.weight", out GgufTensorInfo? down)
            || file.TryGetTensor($"blk.{model.LayerCount - 1}.ffn_down_exps.weight", out down) ? down.Dimension(0) : 0;
    }
}
