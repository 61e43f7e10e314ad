namespace LocalLlm.Gguf;

/// <summary>Checks that the parts of a split set belong together. llama.cpp ends the process on a part whose "split.no" has another type.</summary>
internal static class SplitChecks
{
    public static void Check(GgufFile file, List<GgufFinding> findings)
    {
        ReadOnlySpan<PartHeader> parts = file.PartHeaders;
        for (int i = 0; i < parts.Length; i++)
        {
            FindingList list = new(i);
            using HeaderLease lease = parts[i].Buffer.Acquire();
            CheckKeys(parts[i], lease.Bytes, i, parts.Length, file.TensorCount, list);
            if (i > 0)
            {
                CheckNames(parts, i, lease.Bytes, list);
            }

            findings.AddRange(list.Items);
            if (findings.Count >= GgufLimits.MaxFindings)
            {
                return;
            }
        }
    }

    public static void CheckHasTensors(GgufFile file, List<GgufFinding> findings)
    {
        if (file.TensorCount == 0)
        {
            findings.Add(new GgufFinding(GgufSeverity.Refuse, "no-tensors", "tensor count", 8, "The file has no tensors: it holds a vocabulary or metadata only, no model."));
        }
    }

    private static void CheckKeys(PartHeader part, ReadOnlySpan<byte> header, int index, int count, int tensorCount, FindingList findings)
    {
        bool isSplit = count > 1;
        CheckKey(part, header, GgufKeys.SplitCount, "split.count"u8, GgufValueType.UInt16, isSplit ? count : null, isSplit, findings);
        if (isSplit)
        {
            CheckKey(part, header, GgufKeys.SplitNumber, "split.no"u8, GgufValueType.UInt16, index, required: true, findings);
            CheckKey(part, header, GgufKeys.SplitTensorsCount, "split.tensors.count"u8, GgufValueType.Int32, tensorCount, required: index == 0, findings);
        }
    }

    private static void CheckKey(PartHeader part, ReadOnlySpan<byte> header, string key, ReadOnlySpan<byte> bytes, GgufValueType type, long? expected, bool required, FindingList findings)
    {
        if (!part.TryFindKey(bytes, header, out KeyValueEntry entry))
        {
            if (required)
            {
                findings.Refuse("split-key-missing", key, null, $"A part of a split model lacks '{key}'.");
            }
        }
        else if (entry.Type != type)
        {
            findings.Refuse("split-key-type", key, entry.ValueOffset, $"'{key}' is {GgufValueTypes.Describe(entry)}, not {GgufValueTypes.Name(type)}.");
        }
        else if (expected is long wanted && Scalars.TryReadInteger(entry, header, out long written) && written != wanted)
        {
            findings.Refuse("split-key-value", key, entry.ValueOffset, $"'{key}' is {written}, but the set has {wanted}.");
        }
    }

    private static void CheckNames(ReadOnlySpan<PartHeader> parts, int index, ReadOnlySpan<byte> header, FindingList findings)
    {
        foreach (ref readonly TensorEntry entry in parts[index].Tensors)
        {
            ReadOnlySpan<byte> name = entry.Name(header);
            int hash = NameIndex.Hash(name);
            for (int earlier = 0; earlier < index; earlier++)
            {
                using HeaderLease lease = parts[earlier].Buffer.Acquire();
                if (parts[earlier].FindTensor(name, hash, lease.Bytes) >= 0)
                {
                    string text = MetadataChecks.Text(name);
                    findings.Refuse("duplicate-tensor", text, entry.Start, $"The tensor '{text}' stands in parts {earlier + 1} and {index + 1}.");
                }
            }

            if (!findings.HasRoom)
            {
                return;
            }
        }
    }
}
