using System.Globalization;

namespace LocalLlm.Hardware;

/// <summary>The small files in which Linux tells of itself. One that is hidden or missing says nothing.</summary>
internal static class TextFile
{
    internal static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    internal static long? Number(string file) =>
        long.TryParse(Lines(file).FirstOrDefault(), CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>What follows <c>KEY:</c> or <c>KEY=</c> at the beginning of a line.</summary>
    internal static string? Value(IEnumerable<string> lines, string key, char separator = ':')
    {
        string? line = lines.FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal) && l.AsSpan(key.Length).TrimStart().StartsWith([separator]));
        return line?[(line.IndexOf(separator, StringComparison.Ordinal) + 1)..].Trim();
    }
}
