namespace LocalLlm.Planning;

/// <summary>What a GPU does in a placement, as far as its compute buffer depends on it.</summary>
internal readonly record struct DeviceRole
{
    /// <summary>Whether it is the first in llama.cpp's list, which also works for the processor's layers.</summary>
    public bool IsFirst { get; init; }

    /// <summary>Whether it is the only one.</summary>
    public bool IsAlone { get; init; }

    /// <summary>Whether it computes the logits.</summary>
    public bool HasOutput { get; init; }

    /// <summary>Whether micro-batches overlap on several devices.</summary>
    public bool IsPipelined { get; init; }

    /// <summary>Whether its kernels copy a quantized cache.</summary>
    public bool CopiesQuantizedCache { get; init; }

    /// <summary>Bytes of the largest weight that stays in RAM; 0 for none.</summary>
    public long LargestHostTensor { get; init; }

    /// <summary>Bytes of the largest layer's cache that stays in RAM; 0 for none.</summary>
    public long LargestHostCache { get; init; }
}
