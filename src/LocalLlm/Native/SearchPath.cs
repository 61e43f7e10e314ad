namespace LocalLlm.Native;

/// <summary>The folders in which native libraries are looked for, in order. Never the working directory.</summary>
internal static class SearchPath
{
    internal const string EnvironmentVariable = "LOCALLLM_NATIVE_DIR";

    /// <summary>
    /// A folder that the caller or the environment names is the only one: a mistake in it must not silently give
    /// other libraries. Without one, the folders where NuGet and the SDK put native files.
    /// </summary>
    internal static IReadOnlyList<string> Directories(string? directory)
    {
        string? named = directory ?? Environment.GetEnvironmentVariable(EnvironmentVariable);
        if (!string.IsNullOrEmpty(named))
        {
            return [Path.TrimEndingDirectorySeparator(Path.GetFullPath(named))];
        }

        string fromHost = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return fromHost.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", NativePin.RuntimeIdentifier, "native"))
            .Select(d => Path.TrimEndingDirectorySeparator(Path.GetFullPath(d)))
            .Distinct()
            .ToArray();
    }
}
