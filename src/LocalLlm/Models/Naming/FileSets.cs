using LocalLlm.Gguf;

namespace LocalLlm.Models;

/// <summary>Puts the parts of split models together.</summary>
internal static class FileSets
{
    /// <summary>The models among files: each one file, or the parts of a set in order. Sets that lack parts are left out.</summary>
    public static IReadOnlyList<IReadOnlyList<T>> Of<T>(IEnumerable<T> files, Func<T, string> name)
    {
        Dictionary<string, T> byName = files.DistinctBy(name).ToDictionary(name);
        List<IReadOnlyList<T>> sets = [];
        foreach ((string path, T file) in byName.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!SplitName.TryParse(path, out SplitName split))
            {
                sets.Add([file]);
            }
            else if (split.Number == 0)
            {
                T[] parts = [.. Enumerable.Range(0, split.Count).Select(split.Of).Where(byName.ContainsKey).Select(part => byName[part])];
                if (parts.Length == split.Count)
                {
                    sets.Add(parts);
                }
            }
        }

        return sets;
    }
}
