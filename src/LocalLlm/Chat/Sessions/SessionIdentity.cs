namespace LocalLlm.Chat.Sessions;

/// <summary>All that what the KV cache holds depends on.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Quantization">The type of most of its weights.</param>
/// <param name="ModelHash">Its file's fingerprint.</param>
/// <param name="NativeRelease">The release of llama.cpp.</param>
/// <param name="KvCacheType">The type of keys and values.</param>
/// <param name="FlashAttention">Whether attention is fused: values lie otherwise then.</param>
/// <param name="Template">SHA-256 of the chat template.</param>
internal sealed record SessionIdentity(
    string Model, string Quantization, string ModelHash, string NativeRelease, KvCacheType KvCacheType, bool FlashAttention, string Template)
{
    /// <exception cref="SessionMismatchException">With the first field that differs.</exception>
    internal void ThrowUnlessEqual(SessionIdentity here)
    {
        Check("model", Model, here.Model);
        Check("quantization", Quantization, here.Quantization);
        Check("modelHash", ModelHash, here.ModelHash);
        Check("nativeRelease", NativeRelease, here.NativeRelease);
        Check("kvCacheType", KvCacheType, here.KvCacheType);
        Check("flashAttention", FlashAttention, here.FlashAttention);
        Check("template", Template, here.Template);

        static void Check<T>(string field, T saved, T actual)
        {
            if (!Equals(saved, actual))
            {
                throw new SessionMismatchException(field, saved?.ToString() ?? "unknown", actual?.ToString() ?? "unknown");
            }
        }
    }
}
