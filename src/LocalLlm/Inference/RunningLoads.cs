namespace LocalLlm.Inference;

/// <summary>
/// The loads and evaluations that run in this process. When it exits they are asked to stop and waited for: native code must
/// not run any more when the C runtime tears down its statics.
/// </summary>
internal static class RunningLoads
{
    private const int PatienceMilliseconds = 5000;

    private static readonly object Gate = new();
    private static readonly CancellationTokenSource Exit = new();
    private static int _count;

    static RunningLoads() => AppDomain.CurrentDomain.ProcessExit += (_, _) => StopAll();

    /// <summary>Is cancelled when the process exits.</summary>
    internal static CancellationToken Exiting => Exit.Token;

    /// <exception cref="OperationCanceledException">The process exits.</exception>
    internal static void ThrowIfExiting()
    {
        if (Exiting.IsCancellationRequested)
        {
            throw new OperationCanceledException("The process exits.");
        }
    }

    /// <summary>Counts a load, or an evaluation, until the result is disposed.</summary>
    internal static Load Begin()
    {
        lock (Gate)
        {
            _count++;
        }

        return default;
    }

    private static void StopAll()
    {
        long end = Environment.TickCount64 + PatienceMilliseconds;
        Exit.Cancel();
        lock (Gate)
        {
            for (long left = PatienceMilliseconds; _count > 0 && left > 0; left = end - Environment.TickCount64)
            {
                Monitor.Wait(Gate, (int)left);
            }
        }
    }

    /// <summary>A load or an evaluation that runs.</summary>
    internal readonly struct Load : IDisposable
    {
        public void Dispose()
        {
            lock (Gate)
            {
                _count--;
                Monitor.PulseAll(Gate);
            }
        }
    }
}
