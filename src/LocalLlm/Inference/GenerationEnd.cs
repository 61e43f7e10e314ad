using Microsoft.Extensions.AI;

namespace LocalLlm.Inference;

/// <summary>How a generation ended.</summary>
internal sealed record GenerationEnd(FinishCause Cause, Timings Timings)
{
    internal ChatFinishReason FinishReason =>
        Cause is FinishCause.EndOfGeneration or FinishCause.StopString ? ChatFinishReason.Stop : ChatFinishReason.Length;

    internal UsageDetails Usage => new()
    {
        InputTokenCount = Timings.PromptTokens,
        CachedInputTokenCount = Timings.CachedTokens,
        OutputTokenCount = Timings.GeneratedTokens,
        TotalTokenCount = Timings.PromptTokens + Timings.GeneratedTokens,
    };
}
