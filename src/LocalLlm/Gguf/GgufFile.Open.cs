using LocalLlm.Gguf;

namespace LocalLlm;

/// <content>Opening.</content>
public sealed partial class GgufFile
{
    /// <summary>Opens a local file, or all parts of a split set from the path of any part. Reads the headers only.</summary>
    /// <param name="path">Path of a GGUF file.</param>
    /// <returns>The open model; dispose it.</returns>
    /// <exception cref="ModelNotFoundException">There is no such file, or parts of the set are missing; the message names them.</exception>
    /// <exception cref="GgufFormatException">The header can't be read: not GGUF, version 1, big-endian, cut off or damaged.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading the file is not allowed, or it is a folder.</exception>
    public static GgufFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        List<PartHeader> parts = [];
        PartHeader? opened = null;
        try
        {
            opened = HeaderReader.Read(FileSource.Open(path));
            if (SplitSet.Of(opened, opened.Source.Location) is not SplitName split)
            {
                return new GgufFile([opened]);
            }

            SplitSet.RequireFiles(split);
            for (int i = 0; i < split.Count; i++)
            {
                parts.Add(i == split.Number ? opened : HeaderReader.Read(FileSource.Open(split.Of(i))));
            }

            return new GgufFile([.. parts]);
        }
        catch
        {
            opened?.Dispose();
            parts.ForEach(part => part.Dispose());
            throw;
        }
    }

    /// <summary>Opens a local file, or all parts of a split set from the path of any part. Reads the headers only.</summary>
    /// <param name="path">Path of a GGUF file.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The open model; dispose it.</returns>
    /// <exception cref="ModelNotFoundException">There is no such file, or parts of the set are missing; the message names them.</exception>
    /// <exception cref="GgufFormatException">The header can't be read: not GGUF, version 1, big-endian, cut off or damaged.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading the file is not allowed, or it is a folder.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Task<GgufFile> OpenAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        cancellationToken.ThrowIfCancellationRequested();
        return OpenLocalAsync(path, cancellationToken);
    }

    /// <summary>Opens one part from any source, without looking for others.</summary>
    internal static GgufFile Open(GgufSource source) => new([HeaderReader.Read(source)]);

    private static async Task<GgufFile> OpenLocalAsync(string path, CancellationToken cancellationToken)
    {
        List<PartHeader> parts = [];
        PartHeader? opened = null;
        try
        {
            opened = await HeaderReader.ReadAsync(FileSource.Open(path), cancellationToken).ConfigureAwait(false);
            if (SplitSet.Of(opened, opened.Source.Location) is not SplitName split)
            {
                return new GgufFile([opened]);
            }

            SplitSet.RequireFiles(split);
            for (int i = 0; i < split.Count; i++)
            {
                parts.Add(i == split.Number
                    ? opened
                    : await HeaderReader.ReadAsync(FileSource.Open(split.Of(i)), cancellationToken).ConfigureAwait(false));
            }

            return new GgufFile([.. parts]);
        }
        catch
        {
            opened?.Dispose();
            parts.ForEach(part => part.Dispose());
            throw;
        }
    }
}
