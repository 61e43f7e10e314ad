namespace LocalLlm;

/// <summary>Where a file that can be made again is kept, best place first.</summary>
internal static class CacheFolders
{
    private static readonly string Temporary = Path.Combine(Path.GetTempPath(), $"localllm-{Environment.UserName}");

    internal static IEnumerable<string> Of(Func<string, string?> environment)
    {
        string? chosen = environment("LOCALLLM_CACHE");
        if (!string.IsNullOrEmpty(chosen))
        {
            yield return Path.GetFullPath(chosen);
        }
        else if (UserCache(environment) is { } cache)
        {
            yield return Path.Combine(cache, "localllm");
        }
        yield return Temporary;
    }

    internal static void Create(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(folder, Private);
        if (folder == Temporary)
        {
            // Fails unless this user owns it: another one may have made it first, to slip in a file of theirs.
            File.SetUnixFileMode(folder, Private);
        }
    }

    private static string? UserCache(Func<string, string?> environment)
    {
        if (OperatingSystem.IsWindows())
        {
            return Absolute(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData));
        }
        string? home = Absolute(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        if (OperatingSystem.IsMacOS())
        {
            return home is null ? null : Path.Combine(home, "Library", "Caches");
        }
        return Absolute(environment("XDG_CACHE_HOME")) ?? (home is null ? null : Path.Combine(home, ".cache"));
    }

    private static string? Absolute(string? path) => Path.IsPathFullyQualified(path ?? "") ? path : null;
}
