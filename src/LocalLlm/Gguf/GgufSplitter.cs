using LocalLlm.Gguf;

namespace LocalLlm;

/// <summary>Cuts a model into several files and puts them together again, with the names and keys of llama.cpp's gguf-split.</summary>
public static class GgufSplitter
{
    /// <summary>Writes a model as several files: model.gguf gives model-00001-of-00003.gguf and so on.</summary>
    /// <param name="sourcePath">Path of the model, or of any part of a set, which is then cut anew.</param>
    /// <param name="destinationPath">What the parts are named after, with or without ".gguf".</param>
    /// <param name="options">Where to cut.</param>
    /// <param name="overwrite">Whether files that exist are replaced.</param>
    /// <param name="progress">Told the bytes of tensors copied so far.</param>
    /// <param name="cancellationToken">Stops the copying and leaves nothing behind.</param>
    /// <returns>The paths of the parts, in order.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or there would be too many parts.</exception>
    /// <exception cref="ModelNotFoundException">There is no such file, or parts of the set are missing.</exception>
    /// <exception cref="GgufFormatException">The model is damaged.</exception>
    /// <exception cref="IOException">Reading or writing failed, or a file exists that must not be replaced.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IReadOnlyList<string> Split(
        string sourcePath,
        string destinationPath,
        GgufSplitOptions options,
        bool overwrite = false,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(sourcePath);
        ArgumentException.ThrowIfNullOrEmpty(destinationPath);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return ModelCopier.Copy(sourcePath, destinationPath, options, overwrite, progress, cancellationToken);
    }

    /// <summary>Writes the parts of a set as one file. What splitting added to the metadata is removed, so that the file is what it was before it was cut.</summary>
    /// <param name="sourcePath">Path of any part.</param>
    /// <param name="destinationPath">Path of the file to write.</param>
    /// <param name="overwrite">Whether a file that exists is replaced.</param>
    /// <param name="progress">Told the bytes of tensors copied so far.</param>
    /// <param name="cancellationToken">Stops the copying and leaves nothing behind.</param>
    /// <exception cref="ModelNotFoundException">There is no such file, or parts of the set are missing.</exception>
    /// <exception cref="GgufFormatException">The model is damaged.</exception>
    /// <exception cref="IOException">Reading or writing failed, or the file exists and must not be replaced.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static void Merge(
        string sourcePath,
        string destinationPath,
        bool overwrite = false,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(sourcePath);
        ArgumentException.ThrowIfNullOrEmpty(destinationPath);
        ModelCopier.Copy(sourcePath, destinationPath, split: null, overwrite, progress, cancellationToken);
    }
}
