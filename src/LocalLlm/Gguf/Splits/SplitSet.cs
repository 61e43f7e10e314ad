namespace LocalLlm.Gguf;

/// <summary>Finds out from one part's header and name which other files belong to a model.</summary>
internal static class SplitSet
{
    /// <summary>The names of all parts, or null when the file is a model of its own.</summary>
    /// <param name="part">The header that was opened.</param>
    /// <param name="name">Its path, or the last segment of its address.</param>
    /// <exception cref="GgufFormatException">The file says that it is a part, but its name does not.</exception>
    public static SplitName? Of(PartHeader part, string name)
    {
        long count;
        long? number;
        using (HeaderLease lease = part.Buffer.Acquire())
        {
            count = part.FindInteger("split.count"u8, lease.Bytes) ?? 0;
            number = part.FindInteger("split.no"u8, lease.Bytes);
        }

        if (count <= 1)
        {
            return null;
        }

        if (count > GgufLimits.MaxParts)
        {
            throw new GgufFormatException(
                $"{part.Source.Location} says it is one of {count} parts; the most is {GgufLimits.MaxParts}.", null, GgufKeys.SplitCount);
        }

        if (!SplitName.TryParse(name, out SplitName split) || split.Count != count || (number is long n && n != split.Number))
        {
            string expected = SplitName.Format("NAME", (int)Math.Clamp(number ?? 0, 0, count - 1), (int)count);
            throw new GgufFormatException(
                $"{part.Source.Location} is a part of a split model (split.no {number?.ToString() ?? "missing"}, split.count {count}), " +
                $"but is not named as one: the other parts are found by names like {expected}.",
                null,
                GgufKeys.SplitCount);
        }

        return split;
    }

    /// <summary>Throws when files of a set are missing, and names them.</summary>
    public static void RequireFiles(SplitName split)
    {
        List<string> missing = [];
        for (int i = 0; i < split.Count; i++)
        {
            if (!File.Exists(split.Of(i)))
            {
                missing.Add(split.Of(i));
            }
        }

        if (missing.Count > 0)
        {
            string names = string.Join(", ", missing.Take(8));
            string more = missing.Count > 8 ? $" and {missing.Count - 8} more" : string.Empty;
            throw new ModelNotFoundException(
                missing[0], $"{missing.Count} of the {split.Count} parts of this model are missing: {names}{more}.");
        }
    }
}
