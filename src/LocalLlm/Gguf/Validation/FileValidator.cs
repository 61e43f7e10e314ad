namespace LocalLlm.Gguf;

/// <summary>Runs all checks on an open file.</summary>
internal static class FileValidator
{
    /// <summary>All checks; what refuses comes first.</summary>
    public static GgufFinding[] Validate(GgufFile file)
    {
        List<GgufFinding> findings = CheckFormat(file);
        SplitChecks.CheckHasTensors(file, findings);
        if (!findings.Exists(finding => finding.Severity == GgufSeverity.Refuse))
        {
            // The rules may then rely on shapes, sizes and names.
            ModelRules.Check(file, findings);
        }

        return [.. findings.OrderByDescending(finding => finding.Severity)];
    }

    /// <summary>Only what holds for every GGUF file, whatever it is for.</summary>
    public static List<GgufFinding> CheckFormat(GgufFile file)
    {
        List<GgufFinding> findings = [];
        ReadOnlySpan<PartHeader> parts = file.PartHeaders;
        for (int i = 0; i < parts.Length && findings.Count < GgufLimits.MaxFindings; i++)
        {
            FindingList list = new(i);
            using HeaderLease lease = parts[i].Buffer.Acquire();
            MetadataChecks.Check(parts[i], lease.Bytes, list);
            TensorChecks.Check(parts[i], lease.Bytes, list);
            findings.AddRange(list.Items);
        }

        SplitChecks.Check(file, findings);
        return findings;
    }
}
