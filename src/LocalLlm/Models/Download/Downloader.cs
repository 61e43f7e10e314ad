using LocalLlm.Gguf;
using Microsoft.Extensions.Logging;

namespace LocalLlm.Models;

/// <summary>Gets a file to its place: only one process does it, what it leaves is gone on with, and what it puts there is whole and checked.</summary>
internal sealed class Downloader(HttpSender sender, ModelStoreOptions options, ILogger logger)
{
    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Returns when the whole file is at its place, whoever put it there.</summary>
    /// <param name="source">The file.</param>
    /// <param name="target">Its place.</param>
    /// <param name="lockPath">The lock that all who download it take.</param>
    /// <param name="isThere">Whether the place holds the file already.</param>
    /// <param name="settle">Runs, still under the lock, when the file is there.</param>
    /// <param name="report">Gets the bytes that are there; null: nobody.</param>
    /// <param name="cancellationToken">Stops it and leaves what came.</param>
    /// <exception cref="DownloadException">The server refused, kept failing or did not keep to HTTP, the disk is full, or the file came damaged twice.</exception>
    public async Task GetAsync(
        DownloadSource source, string target, string lockPath, Func<bool> isThere, Action settle, Action<long>? report, CancellationToken cancellationToken)
    {
        Exception? callers = null;
        try
        {
            using FileLock held = await FileLock.TakeAsync(lockPath, source.Name, logger, cancellationToken).ConfigureAwait(false);
            if (isThere())
            {
                PartialFile.Delete(target);
            }
            else
            {
                await FetchAsync(source, target, report is null ? null : Report, cancellationToken).ConfigureAwait(false);
            }

            settle();
        }
        catch (Exception e) when (e != callers && e is IOException or UnauthorizedAccessException)
        {
            throw DiskFault.Of(e, source, source.Length);
        }

        void Report(long bytes)
        {
            try
            {
                report(bytes);
            }
            catch (Exception e)
            {
                callers = e;
                throw;
            }
        }
    }

    private async Task FetchAsync(DownloadSource source, string target, Action<long>? report, CancellationToken cancellationToken)
    {
        for (bool again = false; ; again = true)
        {
            using PartialFile file = PartialFile.Open(target, source.Length, source.Version);
            if (!source.IsPinned)
            {
                file.Clear();
            }

            long resumed = file.BytesDone;
            string? actual = await FillAsync(source, file, report, cancellationToken).ConfigureAwait(false);
            if (actual == source.Sha256)
            {
                file.Complete();
                StoreLog.Downloaded(logger, source.Name, source.Length, resumed);
                return;
            }

            file.SetAside();
            StoreLog.Damaged(logger, HttpAddress.Display(source.Address), actual!, source.Sha256!);
            if (again)
            {
                throw new DownloadException(
                    source.Address,
                    $"{source.Name} came damaged from {HttpAddress.Display(source.Address)}, twice: its SHA-256 is {actual}, but {source.Sha256} was expected. It is kept as {file.DamagedPath}.");
            }
        }
    }

    /// <summary>Fetches what is missing; returns the file's SHA-256, or null where nobody says what it must be.</summary>
    private async Task<string?> FillAsync(DownloadSource source, PartialFile file, Action<long>? report, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using ContentHash hash = new(file);
        Task fetching = new FileDownload(source, file, sender, options, logger).RunAsync(stop.Token);
        Task<string?> hashing = source.Sha256 is null ? Task.FromResult<string?>(null) : Task.Run(async () => (string?)await hash.RunAsync(stop.Token).ConfigureAwait(false), stop.Token);
        Task checkpoints = RepeatAsync(() => Keep(file), CheckpointInterval, stop.Token);
        Task reports = report is null ? Task.CompletedTask : RepeatAsync(() => report(file.BytesDone), ReportInterval, stop.Token);
        Task whole = Task.WhenAll(fetching, hashing);
        try
        {
            // Each of them may fail, which ends the others.
            await (await Task.WhenAny(whole, FailWithAnyAsync(fetching, hashing, checkpoints, reports)).ConfigureAwait(false)).ConfigureAwait(false);
            return await hashing.ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(fetching, hashing, checkpoints, reports).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!whole.IsCompletedSuccessfully)
            {
                Keep(file);
            }
        }
    }

    /// <summary>Notes what came, where that can be: the download itself tells of a disk that is full or broken.</summary>
    private static void Keep(PartialFile file)
    {
        try
        {
            file.Checkpoint();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk, or one who reads the journal: that of before is still true.
        }
    }

    private static async Task FailWithAnyAsync(params IEnumerable<Task> tasks)
    {
        List<Task> running = [.. tasks];
        while (running.Count > 0)
        {
            Task ended = await Task.WhenAny(running).ConfigureAwait(false);
            await ended.ConfigureAwait(false);
            running.Remove(ended);
        }
    }

    private static async Task RepeatAsync(Action action, TimeSpan interval, CancellationToken cancellationToken)
    {
        using PeriodicTimer timer = new(interval);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            action();
        }
    }
}
