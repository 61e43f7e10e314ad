namespace LocalLlm;

/// <summary>Whether attention is fused into one operation that needs no memory for its scores.</summary>
public enum FlashAttention
{
    /// <summary>Wherever llama.cpp can. The plan counts on it.</summary>
    Auto,

    /// <summary>Always.</summary>
    On,

    /// <summary>Never: scores of all heads take context × micro-batch × 4 bytes each.</summary>
    Off,
}
