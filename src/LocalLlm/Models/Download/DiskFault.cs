using System.Globalization;
using LocalLlm.Hardware;

namespace LocalLlm.Models;

/// <summary>Tells that a file can't be written, and above all when the disk is full.</summary>
internal static class DiskFault
{
    /// <param name="exception">What happened.</param>
    /// <param name="source">The file that is being fetched.</param>
    /// <param name="bytes">What of it is not on the disk yet.</param>
    public static DownloadException Of(Exception exception, DownloadSource source, long bytes) => exception is IOException io && DiskSpace.IsFull(io)
        ? new DownloadException(source.Address, string.Create(CultureInfo.InvariantCulture, $"The disk became full while {source.Name} was being downloaded: {bytes} bytes of it are missing. What came is kept: free some room and download again."), null, exception)
        : new DownloadException(source.Address, $"{source.Name} could not be written: {exception.Message}", null, exception);

    /// <summary>Throws when a model has no room.</summary>
    /// <param name="folder">Where it is to be.</param>
    /// <param name="bytes">What it takes there.</param>
    /// <param name="source">One of its files.</param>
    public static void Require(string folder, long bytes, DownloadSource source)
    {
        if (DiskSpace.FreeBytes(folder) is long free && free < bytes)
        {
            throw new DownloadException(
                source.Address,
                string.Create(CultureInfo.InvariantCulture, $"{source.Name} needs {bytes} bytes on the disk of {folder}, but only {free} are free. Free {bytes - free} more, or choose another folder (HF_HUB_CACHE, ModelStoreOptions.CacheDirectory)."));
        }
    }
}
