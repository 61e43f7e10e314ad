namespace LocalLlm.Inference;

/// <summary>How a model keeps what it has read, and so what can be taken back or shared.</summary>
internal enum MemoryKind
{
    /// <summary>Keys and values of every token: a tail can be cut off, and sequences can share a beginning.</summary>
    Attention,

    /// <summary>Some layers keep a window only: a tail can be cut off while the window before it is still whole.</summary>
    SlidingWindow,

    /// <summary>A state that each token changes, alone or beside attention: it can't be taken back, only saved before.</summary>
    Recurrent,

    /// <summary>Caches of single architectures (compressed, indexed): only a whole sequence is kept or dropped.</summary>
    Other,
}
