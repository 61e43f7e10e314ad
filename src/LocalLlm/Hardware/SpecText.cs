namespace LocalLlm.Hardware;

/// <summary>Text such as <c>gpu0=24GiB,ram=64GiB</c>: entries of a key and a value.</summary>
internal static class SpecText
{
    /// <summary>The entries in order; one that is none is an error that names it, its place and what is accepted.</summary>
    internal static IEnumerable<SpecEntry> Entries(string text, string accepted)
    {
        int start = 0;
        foreach (string part in text.Split(','))
        {
            SpecEntry whole = new(part.Trim(), "", "", start + 1);
            start += part.Length + 1;
            string[] sides = part.Split('=', 2, StringSplitOptions.TrimEntries);
            yield return sides is [{ Length: > 0 } key, { Length: > 0 } value]
                ? whole with { Key = key, Value = value }
                : throw whole.Error($"it is not KEY=VALUE. Accepted is {accepted}");
        }
    }
}

/// <summary>One entry, and the place of its first character in the text, counted from one.</summary>
internal sealed record SpecEntry(string Text, string Key, string Value, int Place)
{
    internal long Size(string text) => ByteSize.TryParse(text, out long bytes) ? bytes : throw Error($"'{text}' is no size. A size is {ByteSize.Accepted}");

    internal ArgumentException Error(string reason) => new($"'{Text}' at character {Place}: {reason}.");
}
