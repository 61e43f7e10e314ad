namespace LocalLlm.Inference;

/// <summary>Finds a model file.</summary>
internal static class ModelPath
{
    /// <summary>The full path of an existing file.</summary>
    /// <exception cref="ModelNotFoundException">There is no such file.</exception>
    internal static string Find(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
        {
            string[] models = [.. Directory.EnumerateFiles(full, "*.gguf").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
            throw new ModelNotFoundException(full, models.Length == 0
                ? $"{full} is a folder without a GGUF file."
                : $"{full} is a folder. Name one of its files: {string.Join(", ", models)}.");
        }

        return File.Exists(full) ? full : throw new ModelNotFoundException(full, $"There is no file {full}.");
    }
}
