namespace LocalLlm;

/// <summary>A session was saved with the KV state of another model, or of the same one as it was loaded differently: what the cache held means nothing here.</summary>
public sealed class SessionMismatchException : LocalLlmException
{
    /// <summary>Creates the error.</summary>
    /// <param name="field">What differs.</param>
    /// <param name="expected">What the session was saved with.</param>
    /// <param name="actual">What the loaded model has.</param>
    public SessionMismatchException(string field, string expected, string actual)
        : base($"The session's KV state is not of this model: {field} was {expected} and is {actual}. Load it with the model as it was, or without its state, which is then computed anew.")
    {
        Field = field;
        Expected = expected;
        Actual = actual;
    }

    /// <summary>What differs: <c>model</c>, <c>quantization</c>, <c>modelHash</c>, <c>nativeRelease</c>, <c>kvCacheType</c>, <c>flashAttention</c>, <c>template</c> or <c>contextLength</c>.</summary>
    public string Field { get; }

    /// <summary>What the session was saved with.</summary>
    public string Expected { get; }

    /// <summary>What the loaded model has.</summary>
    public string Actual { get; }
}
