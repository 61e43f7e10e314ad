using static LocalLlm.Gguf.Rules.RuleScope;

namespace LocalLlm.Gguf.Rules;

/// <summary>One run of an architecture's rules over one file: values of the names, the layer at hand, what was found.</summary>
internal ref struct RuleRun
{
    private readonly GgufFile _file;
    private readonly Hyperparameters _model;
    private readonly long[] _scalars;
    private readonly long[]?[] _perLayer;
    private readonly FindingList _findings;
    private readonly bool[] _matched;

    public RuleRun(GgufFile file, Hyperparameters model, VocabularySize vocabulary, KeyReader keys, RuleScope scope, FindingList findings)
    {
        _file = file;
        _model = model;
        Vocabulary = vocabulary;
        Keys = keys;
        _findings = findings;
        _scalars = new long[scope.Count];
        _perLayer = new long[]?[scope.Count];
        _matched = new bool[file.TensorCount];
    }

    public KeyReader Keys { get; }

    public VocabularySize Vocabulary { get; }

    public readonly Hyperparameters Model => _model;

    public readonly FindingList Findings => _findings;

    public readonly GgufFile File => _file;

    /// <summary>The layer at hand; 0 outside of layers.</summary>
    public int Layer { get; set; }

    /// <summary>Set when an expression can't be computed.</summary>
    public bool Failed { get; set; }

    /// <summary>How positions are put into keys and queries.</summary>
    public RopeKind Rope { get; set; }

    /// <summary>Whether some layers attend to a window only.</summary>
    public bool HasWindow { get; set; }

    /// <summary>Which layers do; null for none.</summary>
    public bool[]? IsSwa { get; set; }

    /// <summary>Which layers keep a state instead of keys and values; null for none.</summary>
    public bool[]? IsRecurrent { get; set; }

    /// <summary>No layer attends.</summary>
    public bool IsPurelyRecurrent { get; set; }

    /// <summary>Layers may differ in their numbers of heads.</summary>
    public bool HeadsVary { get; set; }

    /// <summary>Layers may differ in the sizes of their heads.</summary>
    public bool SizesVary { get; set; }

    /// <summary>Layers may use different numbers of experts.</summary>
    public bool ExpertsVary { get; set; }

    /// <summary>Layers with keys and values of their own; the others use those of the last ones. −1 when all have.</summary>
    public long OwnKvLayers { get; set; } = -1;

    /// <summary>The hyper-parameters have been checked as a whole.</summary>
    public bool IsAttentionChecked { get; set; }

    /// <summary>Something is refused already; what follows from it need not be told.</summary>
    public readonly bool IsRefused => IsRefusedIn(_findings);

    /// <summary>The metadata are refused: what tensors should look like is not known.</summary>
    public bool SkipsTensors { get; set; }

    /// <summary>Which tensors, over all parts, the rules know.</summary>
    public readonly ReadOnlySpan<bool> Matched => _matched;

    public static bool IsRefusedIn(FindingList findings)
    {
        foreach (GgufFinding finding in findings.Items)
        {
            if (finding.Severity == GgufSeverity.Refuse)
            {
                return true;
            }
        }

        return false;
    }

    public readonly bool IsSwaLayer(int layer) => IsSwa is not null && IsSwa[layer];

    public readonly bool IsRecurrentLayer(int layer) => IsPurelyRecurrent || (IsRecurrent is not null && IsRecurrent[layer]);

    public readonly long KeyLength(int layer) => IsSwaLayer(layer) ? _model.KeyLengthSwa : _model.KeyLength;

    public readonly long ValueLength(int layer) => IsSwaLayer(layer) ? _model.ValueLengthSwa : _model.ValueLength;

    public readonly long RopeDimensions(int layer) => IsSwaLayer(layer) ? _model.RopeDimensionsSwa : _model.RopeDimensions;

    /// <summary>The value of a name.</summary>
    public readonly long Scalar(int slot) => slot >= CommonCount
        ? _scalars[slot]
        : (Common)slot switch
        {
            Common.n_layer => _model.LayerCount,
            Common.n_layer_all => _model.LayerCountAll,
            Common.n_embd => _model.EmbeddingLength,
            Common.n_embd_out => _model.EmbeddingLengthOut > 0 ? _model.EmbeddingLengthOut : _model.EmbeddingLength,
            Common.n_head => _model.HeadCount[0],
            Common.n_head_kv => _model.HeadCountKv[0],
            Common.n_ff => _model.FeedForwardLength[0],
            Common.n_expert => _model.ExpertCount,
            Common.n_expert_used => _model.ExpertUsedCount[0],
            Common.n_rot => RopeDimensions(0),
            Common.n_embd_head_k => KeyLength(0),
            Common.n_embd_head_v => ValueLength(0),
            Common.n_embd_k_gqa => KeyLength(0) * _model.HeadCountKv[0],
            Common.n_embd_v_gqa or Common.n_embd_gqa => ValueLength(0) * _model.HeadCountKv[0],
            Common.n_vocab => Vocabulary.Tokens,
            Common.n_vocab_meta => Vocabulary.Claimed,
            Common.n_token_types => Vocabulary.TokenTypes,
            Common.n_cls_out => _model.ClassifierOutputs,
            Common.n_ctx_train => _model.ContextLength,
            Common.n_ctx_orig => _model.OriginalContextLength,
            Common.longrope => _model.IsLongRope ? 1 : 0,
            Common.i => Layer,
            _ => throw new FormatException($"'{(Common)slot}' has a value per layer only."),
        };

    /// <summary>The value of a name for one layer.</summary>
    public readonly long OfLayer(int slot, int layer) => slot >= CommonCount
        ? _perLayer[slot]?[layer] ?? _scalars[slot]
        : (Common)slot switch
        {
            Common.n_head => _model.HeadCount[layer],
            Common.n_head_kv => _model.HeadCountKv[layer],
            Common.n_ff => _model.FeedForwardLength[layer],
            Common.n_expert_used => _model.ExpertUsedCount[layer],
            Common.is_swa => IsSwaLayer(layer) ? 1 : 0,
            Common.is_recr => IsRecurrentLayer(layer) ? 1 : 0,
            Common.n_head_size_k => KeyLength(layer),
            Common.n_head_size_v => ValueLength(layer),
            _ => throw new FormatException($"'{(Common)slot}' has no value per layer."),
        };

    public readonly void Set(int slot, long value) => _scalars[slot] = value;

    /// <summary>Gives a name a value per layer; without the index it means that of layer 0.</summary>
    public readonly void Set(int slot, long[] values)
    {
        _perLayer[slot] = values;
        _scalars[slot] = values[0];
    }

    /// <summary>Evaluates; false where the result can't be computed.</summary>
    public bool TryEvaluate(Expression expression, out long value)
    {
        Failed = false;
        value = expression.Evaluate(ref this);
        return !Failed;
    }

    public readonly bool HasTensor(TensorName name) => TryFind(name, out _, out _, out _);

    /// <summary>Finds a tensor of the layer at hand.</summary>
    public readonly bool TryFind(TensorName name, out TensorEntry entry, out int part, out int index)
    {
        Span<byte> buffer = stackalloc byte[TensorName.MaxBytes];
        return TryFind(name.Write(buffer, Layer), out entry, out part, out index);
    }

    /// <summary>Finds a tensor by its full name.</summary>
    public readonly bool TryFind(ReadOnlySpan<byte> name, out TensorEntry entry, out int part, out int index)
    {
        index = _file.FindTensor(name);
        entry = default;
        part = 0;
        if (index < 0)
        {
            return false;
        }

        int left = index;
        ReadOnlySpan<PartHeader> parts = _file.PartHeaders;
        while (left >= parts[part].TensorCount)
        {
            left -= parts[part].TensorCount;
            part++;
        }

        entry = parts[part].TensorEntries[left];
        return true;
    }

    /// <summary>Remembers that the rules know a tensor.</summary>
    public readonly void Match(int index) => _matched[index] = true;

    public readonly void Refuse(string code, string field, int part, long? offset, string message) =>
        _findings.Refuse(code, field, part == 0 ? offset : null, message);
}
