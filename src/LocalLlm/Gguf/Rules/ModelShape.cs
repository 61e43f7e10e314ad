using System.Text;

namespace LocalLlm.Gguf.Rules;

/// <summary>
/// The shape of a model as its architecture's rules read it: hyper-parameters, and which layers attend, to how much, and
/// which keep a state. For a file that <see cref="GgufFile.Validate"/> does not refuse.
/// </summary>
internal sealed class ModelShape
{
    private readonly Dictionary<string, long> _values = [];
    private readonly bool[]? _isSwa;
    private readonly bool[]? _isRecurrent;
    private readonly bool _isPurelyRecurrent;
    private readonly long _ownKvLayers;

    private ModelShape(string architecture, Hyperparameters model, ArchitectureRules? rules, RuleRun run)
    {
        Architecture = architecture;
        Model = model;
        IsCovered = rules is not null;
        _isSwa = run.IsSwa;
        _isRecurrent = run.IsRecurrent;
        _isPurelyRecurrent = run.IsPurelyRecurrent;
        _ownKvLayers = run.OwnKvLayers;
        HasWindow = run.HasWindow;
        ExpertFeedForwardLength = new long[model.LayerCountAll];
        if (rules is null)
        {
            return;
        }

        for (int slot = RuleScope.CommonCount; slot < rules.Scope.Count; slot++)
        {
            _values.Add(rules.Scope.NameOf(slot), run.Scalar(slot));
        }

        int expert = rules.Scope.Find("n_ff_exp");
        for (int i = 0; i < model.LayerCountAll && expert >= 0; i++)
        {
            ExpertFeedForwardLength[i] = run.OfLayer(expert, i);
        }
    }

    public string Architecture { get; }

    public Hyperparameters Model { get; }

    /// <summary>Whether the table of rules has the architecture. Without, only the keys that all architectures share are known.</summary>
    public bool IsCovered { get; }

    /// <summary>Whether some layers attend to a window only.</summary>
    public bool HasWindow { get; }

    /// <summary>Elements between the two projections of one expert; 0 where the rules do not tell.</summary>
    public long[] ExpertFeedForwardLength { get; }

    /// <summary>Reads a file; null where its metadata do not describe a model.</summary>
    public static ModelShape? Read(GgufFile file)
    {
        PartHeader part = file.PartHeaders[0];
        using HeaderLease lease = part.Buffer.Acquire();
        string architecture = file.Architecture ?? string.Empty;
        FindingList findings = new(0);
        KeyReader keys = new(part, lease.Bytes, Encoding.UTF8.GetBytes(architecture), findings);
        if (Hyperparameters.Read(keys) is not Hyperparameters model)
        {
            return null;
        }

        ArchitectureRules? rules = ArchitectureRules.Find(architecture);
        int tokens = file.Metadata.TryGetArrayInfo("tokenizer.ggml.tokens", out _, out int length) ? length : 0;
        long claimed = keys.ReadUInt32("vocab_size", tokens);
        RuleRun run = new(file, model, new VocabularySize(tokens, claimed, 0), keys, rules?.Scope ?? new RuleScope(architecture), findings)
        {
            // The tensors are checked by Validate; here only the keys count.
            IsAttentionChecked = true,
            SkipsTensors = true,
        };
        RuleStatement.RunAll(rules?.Statements ?? [], ref run);
        return new ModelShape(architecture, model, rules, run);
    }

    /// <summary>A value that the architecture's rules name, such as "n_swa"; 0 where they don't.</summary>
    public long Value(string name) => _values.GetValueOrDefault(name);

    public bool IsSwa(int layer) => _isSwa is not null && _isSwa[layer];

    /// <summary>Whether the layer keeps a state that does not grow.</summary>
    public bool IsRecurrent(int layer) => _isPurelyRecurrent || (_isRecurrent is not null && _isRecurrent[layer]);

    /// <summary>Whether all layers keep only a state.</summary>
    public bool IsPurelyRecurrent => _isPurelyRecurrent;

    /// <summary>Whether layers with a state and layers that attend are mixed.</summary>
    public bool IsHybrid => _isRecurrent is not null;

    /// <summary>Whether the layer has keys and values of its own, as far as sharing goes.</summary>
    public bool OwnsKv(int layer) => _ownKvLayers < 0 || layer < _ownKvLayers;

    public long KeyLength(int layer) => IsSwa(layer) ? Model.KeyLengthSwa : Model.KeyLength;

    public long ValueLength(int layer) => IsSwa(layer) ? Model.ValueLengthSwa : Model.ValueLength;
}
