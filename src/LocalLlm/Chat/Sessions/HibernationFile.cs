namespace LocalLlm.Chat.Sessions;

/// <summary>Where a hibernated session is: in a file that its caller named, or in one of its own that nobody else may read.</summary>
internal sealed class HibernationFile
{
    private readonly string? _folder;

    private HibernationFile(string path, string? folder) => (Path, _folder) = (path, folder);

    internal string Path { get; }

    internal static HibernationFile Create(string? path)
    {
        if (path is not null)
        {
            return new HibernationFile(System.IO.Path.GetFullPath(path), folder: null);
        }

        // A folder for the user only, where the system has such.
        string folder = Directory.CreateTempSubdirectory("localllm-").FullName;
        return new HibernationFile(System.IO.Path.Combine(folder, "session"), folder);
    }

    /// <summary>Deletes a file of its own; one that the caller named stays.</summary>
    internal void Delete()
    {
        if (_folder is null)
        {
            return;
        }

        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The system clears its temporary files.
        }
    }
}
