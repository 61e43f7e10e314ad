using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace LocalLlm.Native;

/// <summary>Loads the backend plugins by full path: every GPU API that works here, and the CPU variant that suits this processor.</summary>
/// <remarks>
/// llama.cpp's own ggml_backend_load_all_from_path would do, but it says nothing about a plugin that fails, takes one
/// more from an environment variable, reads paths in Windows' code page, and lets the loader look for missing
/// dependencies in the working directory.
/// </remarks>
internal static partial class BackendPlugins
{
    private const int InterfaceVersion = 2; // GGML_BACKEND_API_VERSION, ggml-backend-impl.h

    /// <summary>Loads what is in the libraries' own folder and, since GPU packages may sit elsewhere, in the other search folders.</summary>
    internal static IReadOnlyList<BackendFailure> Load(string libraryDirectory, IReadOnlyList<string> searchDirectories)
    {
        List<BackendFailure> failures = [];
        foreach (string path in GpuPlugins(libraryDirectory, searchDirectories))
        {
            string fileName = Path.GetFileName(path);
            bool isRegistered = GgmlApi.ggml_backend_reg_by_name(GpuPlugin().Match(fileName).Groups[1].Value) != 0;
            if (!isRegistered && (MissingDependency(fileName) ?? Register(path)) is { } reason)
            {
                failures.Add(new BackendFailure(path, NativeLoadHelp.ForPlugin(fileName, reason)));
            }
        }

        if (BestCpuVariant(libraryDirectory) is { } cpu && Register(cpu) is { } failed)
        {
            failures.Add(new BackendFailure(cpu, failed));
        }

        return failures;
    }

    // The prebuilt plugins search the working directory for their dependencies last (an empty entry in RUNPATH): those
    // that the system does not know must not be looked for at all.
    private static string? MissingDependency(string pluginFileName) =>
        PluginDependencies.Of(pluginFileName).FirstOrDefault(d => !NativeLibrary.TryLoad(d, out _)) is { } missing ? $"{missing}: cannot be found" : null;

    /// <summary>Loads a plugin and registers its backend; says why where that does not work.</summary>
    private static unsafe string? Register(string path)
    {
        nint plugin;
        try
        {
            plugin = NativeLibrary.Load(path);
        }
        catch (Exception refused) when (refused is DllNotFoundException or BadImageFormatException)
        {
            return refused.Message;
        }

        if (!NativeLibrary.TryGetExport(plugin, "ggml_backend_init", out nint initialise))
        {
            return "it exports no ggml_backend_init";
        }

        int* registry = (int*)((delegate* unmanaged<nint>)initialise)();
        if (registry is null)
        {
            return "ggml_backend_init found nothing to work with";
        }

        // ggml_backend_reg begins with the version of the interface between ggml and its backends.
        if (*registry != InterfaceVersion)
        {
            return $"its interface has version {*registry}, this release's is {InterfaceVersion}";
        }

        GgmlApi.ggml_backend_register((nint)registry);
        return null;
    }

    /// <summary>The variant that scores highest on this processor, as llama.cpp picks it; a plain ggml-cpu where there are no variants.</summary>
    private static string? BestCpuVariant(string directory)
    {
        string? best = null;
        int bestScore = 0;
        foreach (string path in Directory.EnumerateFiles(directory).Where(f => CpuPlugin().IsMatch(Path.GetFileName(f))).Order(StringComparer.Ordinal))
        {
            int score = Score(path);
            if (score > bestScore)
            {
                (best, bestScore) = (path, score);
            }
        }

        return best;
    }

    private static unsafe int Score(string path)
    {
        if (!NativeLibrary.TryLoad(path, out nint variant))
        {
            return 0;
        }

        // Without a score it is the only one.
        int score = NativeLibrary.TryGetExport(variant, "ggml_backend_score", out nint function)
            ? ((delegate* unmanaged<int>)function)()
            : 1;
        NativeLibrary.Free(variant);
        return score;
    }

    // Descending, so that CUDA 13 is tried before 12: both register as "CUDA", the first that works wins.
    private static IEnumerable<string> GpuPlugins(string libraryDirectory, IReadOnlyList<string> searchDirectories) =>
        searchDirectories.Prepend(libraryDirectory).Distinct().Where(Directory.Exists)
            .SelectMany(Directory.EnumerateFiles)
            .Where(f => GpuPlugin().IsMatch(Path.GetFileName(f)))
            .DistinctBy(Path.GetFileName)
            .OrderByDescending(Path.GetFileName, StringComparer.Ordinal);

    [GeneratedRegex(@"^(?:lib)?ggml-(?!base|cpu)([a-z]+)\d*\.(?:so|dll)$")]
    private static partial Regex GpuPlugin();

    [GeneratedRegex(@"^(?:lib)?ggml-cpu(?:-[\w.]+)?\.(?:so|dll)$")]
    private static partial Regex CpuPlugin();
}
