namespace LocalLlm.Gguf;

/// <summary>A file that is written under another name and takes its own only when it is complete and on disk.</summary>
internal sealed class AtomicFile : IDisposable
{
    private const int BufferBytes = 128 * 1024;

    private readonly string _path;
    private readonly string _temporary;
    private readonly bool _overwrite;
    private bool _written;
    private bool _moved;

    /// <exception cref="IOException">The file exists and must not be replaced.</exception>
    public AtomicFile(string path, bool overwrite)
    {
        _path = Path.GetFullPath(path);
        _overwrite = overwrite;
        if (!overwrite && File.Exists(_path))
        {
            throw new IOException($"{_path} exists already.");
        }

        _temporary = $"{_path}.{Guid.NewGuid():N}.tmp";
        Stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);
    }

    public FileStream Stream { get; }

    /// <summary>Sends everything to the disk and closes the file, still under its temporary name.</summary>
    public void FinishWriting()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        _written = true;
    }

    /// <summary>Gives the file its name; what stood there is replaced in one step.</summary>
    public void Publish()
    {
        if (!_written)
        {
            throw new InvalidOperationException("The file is not written yet.");
        }

        File.Move(_temporary, _path, _overwrite);
        _moved = true;
    }

    /// <summary>Removes the file unless it was published.</summary>
    public void Dispose()
    {
        try
        {
            Stream.Dispose();
        }
        catch (IOException) when (!_moved)
        {
            // What it still held did not fit on the disk either, and is not wanted any more.
        }
        finally
        {
            if (!_moved)
            {
                File.Delete(_temporary);
            }
        }
    }
}
