using System.Threading.Tasks.Sources;

namespace LocalLlm.Inference;

/// <summary>
/// The way of tokens from the engine's thread to one reader, who may wait asynchronously or by blocking. The engine
/// never waits, and no code of the reader's ever runs on its thread.
/// </summary>
internal sealed class TokenStream : IValueTaskSource<bool>
{
    private readonly object _gate = new();
    private readonly Queue<GeneratedPiece> _pieces = new(capacity: 32);
    private ManualResetValueTaskSourceCore<bool> _waiter = new() { RunContinuationsAsynchronously = true };
    private bool _hasWaiter;
    private bool _isComplete;
    private GenerationEnd? _end;
    private Exception? _error;

    /// <summary>Whether the reader wants all at the end: waking it for each token would take time from the computing threads. Set before the first wait.</summary>
    internal bool WakesAtEndOnly { get; set; }

    /// <summary>How the generation ended; known once the reader has read to the end.</summary>
    internal GenerationEnd End => _end ?? throw new InvalidOperationException("The generation has not ended.");

    /// <summary>Whether nothing will be written any more.</summary>
    internal bool IsComplete
    {
        get
        {
            lock (_gate)
            {
                return _isComplete;
            }
        }
    }

    internal void Write(GeneratedPiece piece)
    {
        bool wake;
        lock (_gate)
        {
            if (_isComplete)
            {
                return;
            }

            _pieces.Enqueue(piece);
            wake = !WakesAtEndOnly && TakeWaiter();
        }

        Wake(wake);
    }

    internal void Complete(GenerationEnd generationEnd) => Complete(generationEnd, failure: null);

    internal void Fail(Exception failure) => Complete(generationEnd: null, failure);

    internal bool TryRead(out GeneratedPiece piece)
    {
        lock (_gate)
        {
            return _pieces.TryDequeue(out piece);
        }
    }

    /// <summary>Blocks until there is something to read; false at the end.</summary>
    internal bool WaitToRead()
    {
        lock (_gate)
        {
            bool hasMore;
            while (!TryGetState(out hasMore))
            {
                Monitor.Wait(_gate);
            }

            return hasMore;
        }
    }

    /// <summary>Waits until there is something to read; false at the end. One wait at a time.</summary>
    internal ValueTask<bool> WaitToReadAsync()
    {
        lock (_gate)
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

            _waiter.Reset();
            _hasWaiter = true;
            return new ValueTask<bool>(this, _waiter.Version);
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        _waiter.GetResult(token);
        lock (_gate)
        {
            TryGetState(out bool hasMore);
            return hasMore;
        }
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _waiter.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiter.OnCompleted(continuation, state, token, flags);

    private void Complete(GenerationEnd? generationEnd, Exception? failure)
    {
        bool wake;
        lock (_gate)
        {
            if (_isComplete)
            {
                return;
            }

            _isComplete = true;
            _end = generationEnd;
            _error = failure;
            if (failure is not null)
            {
                _pieces.Clear();
            }

            wake = TakeWaiter();
        }

        Wake(wake);
    }

    // Known: something to read, the end, or an error, which is thrown. Called under the lock.
    private bool TryGetState(out bool hasMore)
    {
        hasMore = _pieces.Count > 0 && (_isComplete || !WakesAtEndOnly);
        if (hasMore || !_isComplete)
        {
            return hasMore;
        }

        return _error is null ? true : throw _error;
    }

    // Under the lock that made the news: a reader who comes later sees the news and must not be woken for it.
    private bool TakeWaiter()
    {
        bool isWaiting = _hasWaiter;
        _hasWaiter = false;
        Monitor.PulseAll(_gate);
        return isWaiting;
    }

    // Outside the lock.
    private void Wake(bool wake)
    {
        if (wake)
        {
            _waiter.SetResult(true);
        }
    }
}
