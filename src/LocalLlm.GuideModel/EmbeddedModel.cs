using System.Security.Cryptography;

namespace LocalLlm;

/// <summary>A model file embedded in this assembly under <paramref name="Name"/>.</summary>
internal sealed record EmbeddedModel(string Name, string Sha256)
{
    /// <summary>The hash is part of the name, so that two versions of the package never fight over one file.</summary>
    internal string FileName { get; } = $"{Path.GetFileNameWithoutExtension(Name)}-{Sha256[..12]}{Path.GetExtension(Name)}";

    /// <summary>Puts the file into the first of the folders that lets it, unless it stands there whole, and returns its path.</summary>
    internal string Extract(IEnumerable<string> folders)
    {
        List<string> failures = [];
        foreach (string folder in folders)
        {
            string path = Path.Combine(folder, FileName);
            try
            {
                CacheFolders.Create(folder);
                if (!IsWhole(path))
                {
                    Write(folder, path);
                }
                return path;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                failures.Add($"{folder} ({e.Message})");
            }
        }
        throw new IOException($"{Name} can't be written to any of these folders; set LOCALLLM_CACHE to one that can: {string.Join("; ", failures)}");
    }

    /// <summary>Opens the embedded bytes.</summary>
    internal Stream Open() => typeof(EmbeddedModel).Assembly.GetManifestResourceStream(Name)
        ?? throw new InvalidOperationException($"The resource {Name} is missing from {typeof(EmbeddedModel).Assembly.FullName}.");

    private bool IsWhole(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file)) == Sha256;
    }

    private void Write(string folder, string path)
    {
        // Complete under a name of its own, then renamed: no other process ever sees a part of it, and one that has the old file mapped keeps it.
        string part = Path.Combine(folder, $".{FileName}.{Guid.NewGuid():N}");
        try
        {
            using (FileStream file = new(part, FileMode.CreateNew, FileAccess.Write))
            using (Stream model = Open())
            {
                model.CopyTo(file);
                file.Flush(flushToDisk: true);
            }
            Move(part, path);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private void Move(string part, string path)
    {
        try
        {
            File.Move(part, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Windows does not replace a file that is in use: then another process was faster.
            if (!IsWhole(path))
            {
                throw;
            }
        }
    }
}
