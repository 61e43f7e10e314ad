namespace LocalLlm.Inference;

/// <summary>Frees what the cache holds of a conversation.</summary>
/// <param name="tokens">The conversation.</param>
internal sealed class DropRequest(int[] tokens) : CacheRequest
{
    protected override bool TryRun(KvCache cache, out KvState? state)
    {
        cache.Drop(tokens);
        state = null;
        return true;
    }
}
