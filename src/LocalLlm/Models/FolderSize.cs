namespace LocalLlm.Models;

/// <summary>What the files of a folder take, links not followed.</summary>
internal static class FolderSize
{
    public static long Of(string folder) => new DirectoryInfo(folder)
        .EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = 0 })
        .Sum(file => file.LinkTarget is null ? file.Length : 0);
}
