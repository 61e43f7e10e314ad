using System.Threading.Tasks.Sources;

namespace LocalLlm.Inference;

/// <summary>
/// The way of tokens from the engine's thread to one reader, who may wait asynchronously or by blocking. The engine
/// never waits, and no code of the reader's ever runs on its thread.
/// </summary>
internal sealed class TokenStream : IValueTaskSource<bool>
{
    private readonly object gate = new();
    private readonly Queue<GeneratedPiece> pieces = new();
    private ManualResetValueTaskSourceCore<bool> waiter = new() { RunContinuationsAsynchronously = true };
    private bool hasWaiter;
    private bool isComplete;
    private GenerationEnd? end;
    private Exception? error;

    /// <summary>How the generation ended; known once the reader has read to the end.</summary>
    internal GenerationEnd End => end ?? throw new InvalidOperationException("The generation has not ended.");

    internal void Write(GeneratedPiece piece)
    {
        lock (gate)
        {
            if (isComplete)
            {
                return;
            }

            pieces.Enqueue(piece);
        }

        Signal();
    }

    internal void Complete(GenerationEnd generationEnd) => Complete(generationEnd, failure: null);

    internal void Fail(Exception failure) => Complete(generationEnd: null, failure);

    internal bool TryRead(out GeneratedPiece piece)
    {
        lock (gate)
        {
            return pieces.TryDequeue(out piece);
        }
    }

    /// <summary>Blocks until there is something to read; false at the end.</summary>
    internal bool WaitToRead()
    {
        lock (gate)
        {
            bool hasMore;
            while (!TryGetState(out hasMore))
            {
                Monitor.Wait(gate);
            }

            return hasMore;
        }
    }

    /// <summary>Waits until there is something to read; false at the end. One wait at a time.</summary>
    internal ValueTask<bool> WaitToReadAsync()
    {
        lock (gate)
        {
            try
            {
                if (TryGetState(out bool hasMore))
                {
                    return ValueTask.FromResult(hasMore);
                }
            }
            catch (Exception failure)
            {
                return ValueTask.FromException<bool>(failure);
            }

            waiter.Reset();
            hasWaiter = true;
            return new ValueTask<bool>(this, waiter.Version);
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        waiter.GetResult(token);
        lock (gate)
        {
            TryGetState(out bool hasMore);
            return hasMore;
        }
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => waiter.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        waiter.OnCompleted(continuation, state, token, flags);

    private void Complete(GenerationEnd? generationEnd, Exception? failure)
    {
        lock (gate)
        {
            if (isComplete)
            {
                return;
            }

            isComplete = true;
            end = generationEnd;
            error = failure;
            if (failure is not null)
            {
                pieces.Clear();
            }
        }

        Signal();
    }

    // Known: something to read, the end, or an error, which is thrown. Called under the lock.
    private bool TryGetState(out bool hasMore)
    {
        hasMore = pieces.Count > 0;
        if (hasMore || !isComplete)
        {
            return hasMore;
        }

        return error is null ? true : throw error;
    }

    private void Signal()
    {
        bool wake;
        lock (gate)
        {
            wake = hasWaiter;
            hasWaiter = false;
            Monitor.PulseAll(gate);
        }

        if (wake)
        {
            waiter.SetResult(true);
        }
    }
}
