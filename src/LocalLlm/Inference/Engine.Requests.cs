namespace LocalLlm.Inference;

internal sealed partial class Engine
{
    private readonly Queue<CacheRequest> _requests = new();

    /// <summary>Has a request to the cache served, before calls that start later.</summary>
    internal async Task<KvState?> ServeAsync(CacheRequest request, CancellationToken cancellationToken)
    {
        Submit(request);
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static (r, token) => ((CacheRequest)r!).Cancel(token), request);
        return await request.Completion.ConfigureAwait(false);
    }

    /// <inheritdoc cref="ServeAsync"/>
    internal KvState? Serve(CacheRequest request, CancellationToken cancellationToken)
    {
        Submit(request);
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static (r, token) => ((CacheRequest)r!).Cancel(token), request);
        // It is the engine's thread that completes it: no thread of the pool is waited for.
        return request.Completion.GetAwaiter().GetResult();
    }

    private void Submit(CacheRequest request)
    {
        lock (_gate)
        {
            if (_isStopping || _fault is not null)
            {
                request.Fail(Ended());
                return;
            }

            _requests.Enqueue(request);
            _work.Set();
        }
    }

    /// <summary>Serves requests in order; false where the next one needs room that only running calls can free.</summary>
    private bool TryServeRequests()
    {
        while (NextRequest() is { } request)
        {
            if (!request.TryServe(_cache))
            {
                return false;
            }

            lock (_gate)
            {
                _requests.Dequeue();
            }
        }

        return true;
    }

    private CacheRequest? NextRequest()
    {
        lock (_gate)
        {
            return _requests.TryPeek(out CacheRequest? request) ? request : null;
        }
    }

    private void EndRequests()
    {
        CacheRequest[] requests;
        lock (_gate)
        {
            requests = [.. _requests];
            _requests.Clear();
        }

        foreach (CacheRequest request in requests)
        {
            request.Fail(Ended());
        }
    }
}
