namespace LocalLlm.Inference;

/// <summary>Why a generation came to its end.</summary>
internal enum FinishCause
{
    /// <summary>The model ended its text.</summary>
    EndOfGeneration,

    /// <summary>A stop string was met.</summary>
    StopString,

    /// <summary>The limit of output tokens was reached.</summary>
    OutputLimit,

    /// <summary>The context is full.</summary>
    ContextFull,
}
