namespace LocalLlm.Inference;

/// <summary>Puts a copied conversation back into the cache.</summary>
/// <param name="saved">The copy; owned from now on.</param>
internal sealed class RestoreRequest(KvState saved) : CacheRequest
{
    protected override bool TryRun(KvCache cache, out KvState? state)
    {
        state = null;
        return cache.TryRestore(saved);
    }

    protected override void Release() => saved.Dispose();
}
