using System.Security.Cryptography;
using System.Text;
using LocalLlm.Native;
using Microsoft.Extensions.Logging;

namespace LocalLlm.Models;

/// <summary>Variants that were quantized here: each made once, kept under the hash of what it was made of, its type and the native release.</summary>
internal sealed class MadeVariants(string ownFolder, ILogger logger)
{
    private readonly string _folder = Path.Combine(ownFolder, "quantized");

    /// <summary>Those that are there.</summary>
    public IEnumerable<ModelVariant> List() =>
        from folder in Directory.Exists(_folder) ? Directory.EnumerateDirectories(_folder).Order(StringComparer.Ordinal) : Enumerable.Empty<string>()
        from set in FileSets.Of(Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Where(ModelFileName.IsGguf), name => name)
        select LocalModels.Variant(folder, set);

    /// <summary>Removes the one at a path. Returns the bytes that became free.</summary>
    /// <exception cref="ModelNotFoundException">None is there.</exception>
    public long Remove(string path)
    {
        string full = Path.GetFullPath(path);
        if (!List().Any(variant => variant.LocalPath == full))
        {
            throw new ModelNotFoundException(path, $"{path} is not in the store ({ownFolder}). Files elsewhere are yours: delete them yourself.");
        }

        string folder = Path.GetDirectoryName(full)!;
        long bytes = FolderSize.Of(folder);
        Directory.Delete(folder, recursive: true);
        return bytes;
    }

    /// <summary>The path of a variant, which is made where it is not there. Where another process makes it, that is waited for.</summary>
    /// <param name="source">A variant whose files are here.</param>
    /// <param name="type">What is made of it.</param>
    /// <param name="progress">Is told; null: nobody.</param>
    /// <param name="cancellationToken">Stops it and leaves nothing behind.</param>
    public async Task<string> GetAsync(ModelVariant source, ModelFileType type, IProgress<LoadProgress>? progress, CancellationToken cancellationToken)
    {
        string first = source.LocalPath!;
        string[] files = [.. source.Files.Select(file => Path.Combine(Path.GetDirectoryName(first)!, Path.GetFileName(file.Name)))];
        string hash = new SourceHash(Path.Combine(ownFolder, "hashes")).Of(files, progress, cancellationToken);
        string path = PathOf(source, type, hash);
        if (File.Exists(path))
        {
            return path;
        }

        using FileLock alone = await FileLock.TakeAsync(Path.Combine(ownFolder, "locks", $"{Path.GetFileName(Path.GetDirectoryName(path)!)}.lock"), path, logger, cancellationToken).ConfigureAwait(false);
        if (!File.Exists(path))
        {
            DirectoryInfo folder = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            foreach (FileInfo left in folder.EnumerateFiles("*.tmp"))
            {
                // Of a process that was killed: the lock says that nobody writes it.
                left.Delete();
            }

            await ModelQuantizer.QuantizeAsync(
                first, path, QuantizationPreset.Of(type), progress: progress is null ? null : new Stage(progress), cancellationToken: cancellationToken).ConfigureAwait(false);
        }

        return path;
    }

    private string PathOf(ModelVariant source, ModelFileType type, string hash)
    {
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{hash} {type} {NativePin.Current.Release}")))[..32];
        string name = Path.GetFileNameWithoutExtension(source.Name);
        string stem = source.Label is { } label && name.EndsWith(label, StringComparison.OrdinalIgnoreCase) ? name[..^label.Length].TrimEnd('-', '.', '_') : name;
        return Path.Combine(_folder, key, $"{(stem.Length == 0 ? "model" : stem)}-{type}.gguf");
    }

    /// <summary>Tells at once, and in order, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Stage(IProgress<LoadProgress> receiver) : IProgress<QuantizationProgress>
    {
        public void Report(QuantizationProgress value) => receiver.Report(new LoadProgress(value.Fraction) { Stage = LoadStage.Quantizing });
    }
}
