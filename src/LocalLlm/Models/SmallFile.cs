using System.Text;
using LocalLlm.Gguf;

namespace LocalLlm.Models;

/// <summary>Small texts that others see as they were or as they will be, and never half.</summary>
internal static class SmallFile
{
    public static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using AtomicFile file = new(path, overwrite: true);
        file.Stream.Write(Encoding.UTF8.GetBytes(text));
        file.FinishWriting();
        file.Publish();
    }

    /// <summary>The text of a file; null where it can't be read.</summary>
    public static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
