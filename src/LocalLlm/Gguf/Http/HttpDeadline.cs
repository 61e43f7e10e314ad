namespace LocalLlm.Gguf;

/// <summary>Cancels when nothing has come for the read timeout; started again with every read.</summary>
internal sealed class HttpDeadline : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly TimeSpan _timeout;

    public HttpDeadline(TimeSpan timeout, CancellationToken cancellationToken)
    {
        _timeout = timeout;
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    public CancellationToken Token => _source.Token;

    public void Restart() => _source.CancelAfter(_timeout);

    public void Dispose() => _source.Dispose();
}
