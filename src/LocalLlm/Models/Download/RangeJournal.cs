using System.Globalization;
using System.Text;

namespace LocalLlm.Models;

/// <summary>
/// The small file beside an unfinished download that says which of its bytes are on the disk. It is replaced as a whole, and
/// only after those bytes were flushed, so it claims too little rather than too much. What can't be read claims nothing.
/// </summary>
internal static class RangeJournal
{
    private const string FirstLine = "localllm download 1";
    private const string LastLine = "end";
    private const string TemporarySuffix = ".tmp";

    /// <param name="path">The journal.</param>
    /// <param name="length">The length of the whole file.</param>
    /// <param name="version">Which version of the file; another one's bytes are of no use.</param>
    public static IReadOnlyList<ByteRange> Read(string path, long length, string version)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }

        List<ByteRange> ranges = [];
        if (lines is not [FirstLine, var lengthLine, var versionLine, .. var rangeLines, LastLine]
            || lengthLine != length.ToString(CultureInfo.InvariantCulture)
            || versionLine != version)
        {
            return [];
        }

        foreach (string line in rangeLines)
        {
            if (line.Split(' ') is not [var from, var to]
                || !long.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out long first)
                || !long.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out long end)
                || first >= end
                || end > length)
            {
                return [];
            }

            ranges.Add(new ByteRange(first, end));
        }

        return ranges;
    }

    public static void Write(string path, long length, string version, IReadOnlyList<ByteRange> ranges)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{FirstLine}\n{length}\n{version}\n");
        foreach (ByteRange range in ranges)
        {
            text.Append(CultureInfo.InvariantCulture, $"{range.From} {range.To}\n");
        }

        text.Append(LastLine).Append('\n');

        // Always the same name, so that processes that are killed do not leave many: only the holder of the lock writes here.
        string temporary = path + TemporarySuffix;
        using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    public static void Delete(string path)
    {
        File.Delete(path);
        File.Delete(path + TemporarySuffix);
    }
}
