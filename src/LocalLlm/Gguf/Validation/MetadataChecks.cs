using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace LocalLlm.Gguf;

/// <summary>Checks of the metadata that hold for every model.</summary>
internal static class MetadataChecks
{
    public static void Check(PartHeader part, ReadOnlySpan<byte> header, FindingList findings)
    {
        foreach (int index in part.DuplicateKeys.TakeWhile(_ => findings.HasRoom))
        {
            KeyValueEntry entry = part.KeyValues[index];
            string key = Text(entry.Key(header));
            findings.Refuse("duplicate-key", key, entry.Start, $"The metadata key '{key}' stands twice in the file.");
        }

        for (int i = 0; i < part.KeyValueCount && findings.HasRoom; i++)
        {
            CheckEntry(part.KeyValues[i], header, findings);
        }

        CheckAlignment(part, header, findings);
    }

    /// <summary>Bytes as text for messages, cut to a readable length.</summary>
    public static string Text(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= 128 ? Encoding.UTF8.GetString(bytes) : Encoding.UTF8.GetString(bytes[..128]) + "…";

    private static void CheckEntry(in KeyValueEntry entry, ReadOnlySpan<byte> header, FindingList findings)
    {
        ReadOnlySpan<byte> name = entry.Key(header);
        if (name.IsEmpty)
        {
            findings.Refuse("empty-key", "metadata key", entry.Start, "A metadata key is empty.");
        }
        else if (name.Contains((byte)0))
        {
            findings.Refuse("zero-in-key", Text(name), entry.KeyOffset, "A metadata key contains a zero byte.");
        }
        else if (!Utf8.IsValid(name))
        {
            findings.Warn("key-not-utf8", Text(name), entry.KeyOffset, "A metadata key is not UTF-8.");
        }

        if (entry.IsArray && entry.ElementType == GgufValueType.Array)
        {
            findings.Refuse("nested-array", Text(name), entry.ValueOffset, $"'{Text(name)}' is an array of arrays, which llama.cpp does not read.");
        }

        if (entry.ElementType == GgufValueType.Boolean
            && header.Slice(entry.ElementsOffset, entry.Count).ContainsAnyExceptInRange((byte)0, (byte)1))
        {
            findings.Warn("odd-boolean", Text(name), entry.ElementsOffset, $"'{Text(name)}' holds a truth value that is neither 0 nor 1; it is taken as true.");
        }
    }

    private static void CheckAlignment(PartHeader part, ReadOnlySpan<byte> header, FindingList findings)
    {
        if (!part.TryFindKey("general.alignment"u8, header, out KeyValueEntry entry))
        {
            return;
        }

        if (entry.Type != GgufValueType.UInt32)
        {
            findings.Refuse("alignment-type", GgufKeys.Alignment, entry.ValueOffset, $"general.alignment is {GgufValueTypes.Describe(entry)}, not u32.");
            return;
        }

        uint alignment = Scalars.Read<uint>(entry, header);
        if (!BitOperations.IsPow2(alignment))
        {
            findings.Refuse("alignment-value", GgufKeys.Alignment, entry.ValueOffset, $"general.alignment is {alignment}, not a power of two.");
        }
    }
}
