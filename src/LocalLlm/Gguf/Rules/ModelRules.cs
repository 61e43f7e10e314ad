using System.Text;
using LocalLlm.Gguf.Rules;

namespace LocalLlm.Gguf;

/// <summary>The model-level rules: what each architecture's loader needs. Called by <see cref="GgufFile.Validate"/> when the general checks refuse nothing.</summary>
internal static class ModelRules
{
    /// <summary>llama.cpp compares each key with all before it.</summary>
    private const int MaxKeys = 10_000;

    /// <summary>And each tensor's name.</summary>
    private const int MaxTensors = 40_000;

    /// <summary>Adds what is wrong with the model that the file describes.</summary>
    public static void Check(GgufFile file, List<GgufFinding> findings)
    {
        FindingList list = new(0);
        PartHeader part = file.PartHeaders[0];
        using (HeaderLease lease = part.Buffer.Acquire())
        {
            Check(file, part, lease.Bytes, list);
        }

        findings.AddRange(list.Items);
    }

    private static void Check(GgufFile file, PartHeader part, ReadOnlySpan<byte> header, FindingList findings)
    {
        if (part.KeyValueCount > MaxKeys)
        {
            findings.Refuse("too-many-keys", "metadata count", 16, $"The file has {part.KeyValueCount} metadata keys; no model has more than {MaxKeys}.");
            return;
        }

        if (file.TensorCount > MaxTensors)
        {
            findings.Refuse("too-many-tensors", "tensor count", 8, $"The model has {file.TensorCount} tensors; no model has more than {MaxTensors}.");
            return;
        }

        KeyReader general = new(part, header, [], findings);
        string architecture = Encoding.UTF8.GetString(general.ReadString(GgufKeys.Architecture, required: true));
        if (architecture.Length == 0 || architecture.Length > 64 || !KnownArchitectures.Contains(architecture))
        {
            if (findings.Items.Count == 0)
            {
                general.Refuse("unknown-architecture", GgufKeys.Architecture, $"The pinned llama.cpp release can't load models of the architecture '{MetadataChecks.Text(Encoding.UTF8.GetBytes(architecture))}'.");
            }

            return;
        }

        GeneralRules.Check(general);
        KeyReader keys = new(part, header, Encoding.UTF8.GetBytes(architecture), findings);
        VocabularySize vocabulary = VocabularyRules.Check(keys);
        if (Hyperparameters.Read(keys) is not Hyperparameters model)
        {
            return;
        }

        if (ArchitectureRules.Find(architecture) is not ArchitectureRules rules)
        {
            findings.Warn("architecture-not-covered", GgufKeys.Architecture, general.OffsetOf(GgufKeys.Architecture), $"The architecture '{architecture}' is not covered by the table of rules: a damaged file of it is not promised to be recognised.");
            return;
        }

        RuleRun run = new(file, model, vocabulary, keys, rules.Scope, findings);
        RuleStatement.RunAll(rules.Statements, ref run);
        if (rules.Window >= 0)
        {
            AttentionRules.CheckWindow(ref run, run.Scalar(rules.Window));
        }

        if (!run.SkipsTensors)
        {
            GraphRules.Check(ref run);
            LeftoverRules.Check(ref run);
        }
    }
}
