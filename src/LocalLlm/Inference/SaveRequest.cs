namespace LocalLlm.Inference;

/// <summary>Copies what the cache holds of a conversation; null where it holds nothing of it.</summary>
/// <param name="tokens">The conversation.</param>
internal sealed class SaveRequest(int[] tokens) : CacheRequest
{
    protected override bool TryRun(KvCache cache, out KvState? state)
    {
        state = cache.Save(tokens);
        return true;
    }
}
