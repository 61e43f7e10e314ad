namespace LocalLlm;

/// <summary>What a model's memory is for.</summary>
public enum MemoryUse
{
    /// <summary>Weights in memory of their own.</summary>
    Weights,

    /// <summary>Weights that are mapped from the file. What is allocated for them is the span of the file, of which the system keeps in RAM what is used.</summary>
    MappedWeights,

    /// <summary>Keys, values and recurrent states.</summary>
    KvCache,

    /// <summary>Intermediate results.</summary>
    Compute,

    /// <summary>Logits.</summary>
    Output,
}
