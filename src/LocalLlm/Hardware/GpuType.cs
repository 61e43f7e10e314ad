namespace LocalLlm;

/// <summary>Whose memory a GPU uses.</summary>
public enum GpuType
{
    /// <summary>A card with memory of its own.</summary>
    Discrete,

    /// <summary>A part of the processor's chip.</summary>
    Integrated,
}
