using Microsoft.Extensions.Logging;

namespace LocalLlm.Models;

/// <summary>
/// A lock on a file that only one holder, in whatever process, has at a time. It is the system's own: it is free again when its
/// process ends, however that ends. The file stays. Python's filelock, which Hugging Face's tools use, takes the same one on Unix.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private const int LinuxWouldBlock = 11;
    private const int MacWouldBlock = 35;
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Waits until the lock is free, and takes it.</summary>
    public static async Task<FileLock> TakeAsync(string path, string what, ILogger logger, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (bool waiting = false; ; waiting = true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryTake(path) is { } taken)
            {
                return taken;
            }

            if (!waiting)
            {
                StoreLog.Waiting(logger, what);
            }

            await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Does something under locks that must be free.</summary>
    /// <exception cref="IOException">Another has one of them.</exception>
    public static void Hold(IEnumerable<string> paths, string what, Action action)
    {
        List<FileLock> held = [];
        try
        {
            foreach (string path in paths)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                held.Add(TryTake(path) ?? throw new IOException($"{what} is being downloaded: it can't be removed now."));
            }

            action();
        }
        finally
        {
            held.ForEach(one => one.Dispose());
        }
    }

    public void Dispose() => _file.Dispose();

    private static FileLock? TryTake(string path)
    {
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e.HResult is LinuxWouldBlock or MacWouldBlock or WindowsSharingViolation)
        {
            return null;
        }
    }
}
