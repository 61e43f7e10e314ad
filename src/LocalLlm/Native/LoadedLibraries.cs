using System.Runtime.InteropServices;

namespace LocalLlm.Native;

/// <summary>libggml-base, libggml and libllama of one folder, loaded by full path in that order.</summary>
internal sealed class LoadedLibraries
{
    private readonly Dictionary<string, nint> _handles = [];

    private LoadedLibraries(string directory) => Directory = directory;

    internal string Directory { get; }

    internal nint this[string library] => _handles[library];

    /// <summary>Loads the first folder that holds all three.</summary>
    /// <exception cref="NativeLibraryException">None does, or the loader refuses one.</exception>
    internal static LoadedLibraries Load(IReadOnlyList<string> directories)
    {
        List<string> tried = [];
        foreach (string directory in directories)
        {
            if (FindFiles(directory, tried) is { } files)
            {
                return Load(directory, files, tried);
            }
        }

        throw new NativeLibraryException(NativeLoadHelp.ForMissing(), tried);
    }

    internal void Free()
    {
        foreach (nint handle in _handles.Values.Reverse())
        {
            NativeLibrary.Free(handle);
        }

        _handles.Clear();
    }

    private static List<(string Library, string Path)>? FindFiles(string directory, List<string> tried)
    {
        List<(string, string)> files = [];
        foreach ((string library, string[] fileNames) in NativePin.Current.LibraryFiles())
        {
            string[] paths = [.. fileNames.Select(n => Path.Combine(directory, n))];
            if (paths.FirstOrDefault(File.Exists) is not { } found)
            {
                tried.AddRange(paths);
                return null;
            }

            files.Add((library, found));
        }

        return files;
    }

    private static LoadedLibraries Load(string directory, List<(string Library, string Path)> files, List<string> tried)
    {
        LoadedLibraries loaded = new(directory);
        foreach ((string library, string path) in files)
        {
            tried.Add(path);
            try
            {
                loaded._handles.Add(library, NativeLibrary.Load(path));
            }
            catch (Exception refused) when (refused is DllNotFoundException or BadImageFormatException)
            {
                loaded.Free();
                throw new NativeLibraryException(NativeLoadHelp.ForRefused(path, refused.Message), tried, refused);
            }
        }

        return loaded;
    }
}
