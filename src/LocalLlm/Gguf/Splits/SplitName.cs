using System.Globalization;

namespace LocalLlm.Gguf;

/// <summary>The name of a part of a split model, as llama.cpp writes it: PREFIX-00002-of-00005.gguf.</summary>
/// <param name="Prefix">What stands before the numbers; for a path with its folder.</param>
/// <param name="Number">The part, counted from 0.</param>
/// <param name="Count">Number of parts.</param>
internal readonly record struct SplitName(string Prefix, int Number, int Count)
{
    private const string Extension = ".gguf";
    private const int SuffixLength = 20;

    /// <summary>Takes a name or path apart; false when it does not end as a part's does.</summary>
    public static bool TryParse(string name, out SplitName split)
    {
        split = default;
        int at = name.Length - SuffixLength;
        if (at < 0 || !name.EndsWith(Extension, StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<char> suffix = name.AsSpan(at);
        if (suffix[0] != '-'
            || !suffix[6..10].SequenceEqual("-of-")
            || !int.TryParse(suffix[1..6], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            || !int.TryParse(suffix[10..15], NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            || number < 1
            || number > count)
        {
            return false;
        }

        split = new SplitName(name[..at], number - 1, count);
        return true;
    }

    /// <summary>The name of part <paramref name="number"/>, counted from 0.</summary>
    public string Of(int number) => Format(Prefix, number, Count);

    /// <summary>The name of a part, counted from 0.</summary>
    public static string Format(string prefix, int number, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number + 1:D5}-of-{count:D5}{Extension}");

    /// <summary>A path without ".gguf": what parts are named after.</summary>
    public static string PrefixOf(string path) =>
        path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? path[..^Extension.Length] : path;
}
