namespace LocalLlm.Inference;

/// <summary>Copies what the cache holds of a conversation; null where it holds nothing of it.</summary>
/// <param name="tokens">The conversation.</param>
/// <param name="drops">Whether the cells are free afterwards.</param>
internal sealed class SaveRequest(int[] tokens, bool drops) : CacheRequest
{
    protected override bool TryRun(KvCache cache, out KvState? state)
    {
        state = cache.Save(tokens, drops);
        return true;
    }
}
