namespace LocalLlm.Models;

/// <summary>Files that may be links: what counts is what they lead to.</summary>
internal static class LinkedFile
{
    /// <summary>The file that a path leads to; it may not be there.</summary>
    public static FileInfo Resolve(FileInfo file) => file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;

    public static bool IsThere(string path, long bytes) => Resolve(new FileInfo(path)) is { Exists: true } file && file.Length == bytes;
}
