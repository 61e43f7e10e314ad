using LocalLlm.Gguf;

namespace LocalLlm;

/// <content>Editing.</content>
public sealed partial class GgufFile
{
    /// <summary>
    /// Writes a copy of a model with other metadata; the tensors are copied as they are. The copy appears under its
    /// name only when it is complete and on disk, so it may also replace the model itself. Of a split set the first part
    /// is edited and all others are copied, named after <paramref name="destinationPath"/>.
    /// </summary>
    /// <param name="sourcePath">Path of the model, or of any part of a set.</param>
    /// <param name="destinationPath">Path of the copy. For a set: the path of any part of the new set, or a path such as model.gguf that its parts are named after.</param>
    /// <param name="edit">Sets and removes keys. It begins with all entries of the model, in their order.</param>
    /// <param name="overwrite">Whether files that exist are replaced.</param>
    /// <param name="cancellationToken">Stops the copying and leaves nothing behind.</param>
    /// <returns>The paths written, in order.</returns>
    /// <exception cref="ArgumentException">The edit changes the alignment or the keys of the split.</exception>
    /// <exception cref="ModelNotFoundException">There is no such file, or parts of the set are missing.</exception>
    /// <exception cref="GgufFormatException">The header can't be read.</exception>
    /// <exception cref="IOException">Reading or writing failed, or a file exists that must not be replaced.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IReadOnlyList<string> EditMetadata(
        string sourcePath,
        string destinationPath,
        Action<GgufMetadataBuilder> edit,
        bool overwrite = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(sourcePath);
        ArgumentException.ThrowIfNullOrEmpty(destinationPath);
        ArgumentNullException.ThrowIfNull(edit);
        return MetadataEditor.Write(sourcePath, destinationPath, edit, overwrite, cancellationToken);
    }
}
