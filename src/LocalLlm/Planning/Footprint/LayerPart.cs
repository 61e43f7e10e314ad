namespace LocalLlm.Planning;

/// <summary>What a layer's tensor is for.</summary>
internal enum LayerPart
{
    /// <summary>Projections of attention, linear attention and state-space mixers.</summary>
    Attention,

    /// <summary>Feed-forward that every token passes, shared experts too.</summary>
    FeedForward,

    /// <summary>Feed-forward of which each token passes a few.</summary>
    Experts,

    /// <summary>Norms.</summary>
    Norm,

    /// <summary>All else: routers, biases of no projection, embeddings per layer.</summary>
    Other,
}
