namespace LocalLlm.Inference;

/// <summary>What the engine's thread is asked to do with the KV cache between two steps.</summary>
internal abstract class CacheRequest
{
    private readonly TaskCompletionSource<KvState?> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends with the state that was asked for, if any.</summary>
    internal Task<KvState?> Completion => _completion.Task;

    /// <summary>Does it, on the engine's thread; false where it has to wait until running calls have ended.</summary>
    internal bool TryServe(KvCache cache)
    {
        try
        {
            if (!Completion.IsCompleted)
            {
                if (!TryRun(cache, out KvState? state))
                {
                    return false;
                }

                if (!_completion.TrySetResult(state))
                {
                    state?.Dispose();
                }
            }

            Release();
        }
        catch (Exception failure)
        {
            Fail(failure);
        }

        return true;
    }

    internal void Cancel(CancellationToken cancellationToken) => _completion.TrySetCanceled(cancellationToken);

    internal void Fail(Exception reason)
    {
        _completion.TrySetException(reason);
        Release();
    }

    protected abstract bool TryRun(KvCache cache, out KvState? state);

    /// <summary>Frees what it owns: nobody needs it any more.</summary>
    protected virtual void Release()
    {
    }
}
