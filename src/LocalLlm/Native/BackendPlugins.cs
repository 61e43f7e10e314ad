using System.Text.RegularExpressions;

namespace LocalLlm.Native;

/// <summary>Loads the backend plugins: the CPU variant that suits this processor, and every GPU API that works here.</summary>
internal static partial class BackendPlugins
{
    /// <summary>
    /// llama.cpp picks the CPU variant and loads the backends of the libraries' own folder; it says nothing about one
    /// that fails. Each plugin file that registered nothing is therefore loaded once more by its path, which logs the
    /// loader's own words. GPU packages may sit in other folders: their plugins are loaded by path too.
    /// </summary>
    internal static IReadOnlyList<BackendFailure> Load(string libraryDirectory, IReadOnlyList<string> searchDirectories, NativeLogScope log)
    {
        GgmlApi.ggml_backend_load_all_from_path(libraryDirectory);
        log.TakeErrors();

        List<BackendFailure> failures = [];
        foreach (string path in PluginFiles(libraryDirectory, searchDirectories))
        {
            string fileName = Path.GetFileName(path);
            if (GgmlApi.ggml_backend_reg_by_name(RegistryName(fileName)) != 0)
            {
                continue;
            }

            if (GgmlApi.ggml_backend_load(path) == 0)
            {
                failures.Add(new BackendFailure(path, NativeLoadHelp.ForPlugin(fileName, string.Join(" ", log.TakeErrors()))));
            }
        }

        return failures;
    }

    // Descending, so that CUDA 13 is tried before 12: both register as "CUDA", the first that works wins.
    private static IEnumerable<string> PluginFiles(string libraryDirectory, IReadOnlyList<string> searchDirectories) =>
        searchDirectories.Prepend(libraryDirectory).Distinct().Where(Directory.Exists)
            .SelectMany(Directory.EnumerateFiles)
            .Where(f => PluginName().IsMatch(Path.GetFileName(f)))
            .DistinctBy(Path.GetFileName)
            .OrderByDescending(Path.GetFileName, StringComparer.Ordinal);

    private static string RegistryName(string fileName) => PluginName().Match(fileName).Groups[1].Value;

    // CPU variants are llama.cpp's to choose from; the version-less names of ggml and ggml-base are no plugins.
    [GeneratedRegex(@"^(?:lib)?ggml-(?!base|cpu)([a-z]+)\d*\.(?:so|dll)$")]
    private static partial Regex PluginName();
}
