namespace LocalLlm.Inference;

/// <summary>How a generation ended.</summary>
internal sealed record GenerationEnd(FinishCause Cause, Timings Timings);
