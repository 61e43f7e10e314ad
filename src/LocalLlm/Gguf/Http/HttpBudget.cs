namespace LocalLlm.Gguf;

/// <summary>Counts what a server makes us read while a model, with all its parts, is opened.</summary>
internal sealed class HttpBudget(long maxBytes)
{
    private long _left = maxBytes;
    private volatile bool _lifted;

    /// <summary>Takes bytes from the budget; false when it is used up.</summary>
    public bool Take(int bytes) => _lifted || Interlocked.Add(ref _left, -bytes) >= 0;

    public long MaxBytes { get; } = maxBytes;

    /// <summary>Opening is over: what is read from now on, the caller asks for.</summary>
    public void Lift() => _lifted = true;
}
