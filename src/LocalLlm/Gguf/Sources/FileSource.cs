using Microsoft.Win32.SafeHandles;

namespace LocalLlm.Gguf;

/// <summary>A local file, read by position; never mapped, since a mapping of a file that is cut kills the process.</summary>
internal sealed class FileSource : GgufSource
{
    private readonly SafeFileHandle _handle;
    private readonly long _length;

    private FileSource(string path, SafeFileHandle handle, long length)
    {
        Location = path;
        _handle = handle;
        _length = length;
    }

    public override string Location { get; }

    public override long? Length => _length;

    public override int FirstRead => 64 * 1024;

    /// <summary>Opens a file for reading; others may go on writing, moving or deleting it.</summary>
    /// <exception cref="ModelNotFoundException">There is no such file.</exception>
    public static FileSource Open(string path)
    {
        string full = Path.GetFullPath(path);
        SafeFileHandle handle;
        try
        {
            handle = File.OpenHandle(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelNotFoundException(full, $"There is no file {full}.");
        }

        try
        {
            return new FileSource(full, handle, RandomAccess.GetLength(handle));
        }
        catch (NotSupportedException e)
        {
            handle.Dispose();
            throw new GgufFormatException($"{full} is a pipe or a device, not a file.", null, null, e);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public override int Read(long offset, Span<byte> destination)
    {
        int total = 0;
        while (total < destination.Length)
        {
            int read = RandomAccess.Read(_handle, destination[total..], offset + total);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int total = 0;
        while (total < destination.Length)
        {
            int read = await RandomAccess.ReadAsync(_handle, destination[total..], offset + total, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    public override void Dispose() => _handle.Dispose();
}
