using System.Diagnostics;

namespace LocalLlm.Models;

/// <summary>Tells a caller how far the files of a model are, with a rate over the last seconds.</summary>
internal sealed class ProgressMeter(IProgress<DownloadProgress> progress, long totalBytes)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Queue<(long Time, long Bytes)> _samples = new();

    /// <summary>Called by one at a time.</summary>
    public void Report(long bytes)
    {
        long now = Stopwatch.GetTimestamp();

        // Less than before: the file is fetched again.
        if (_samples.Count > 0 && bytes < _samples.Last().Bytes)
        {
            _samples.Clear();
        }

        _samples.Enqueue((now, bytes));
        while (_samples.Count > 2 && Stopwatch.GetElapsedTime(_samples.Peek().Time, now) > Window)
        {
            _samples.Dequeue();
        }

        (long time, long from) = _samples.Peek();
        double seconds = Stopwatch.GetElapsedTime(time, now).TotalSeconds;
        double rate = seconds > 0 ? (bytes - from) / seconds : 0;
        double left = bytes >= totalBytes ? 0 : (totalBytes - bytes) / rate;
        progress.Report(new DownloadProgress(bytes, totalBytes, rate, left < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(left) : null));
    }
}
