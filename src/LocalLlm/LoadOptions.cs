using Microsoft.Extensions.Logging;

namespace LocalLlm;

/// <summary>How a model is planned and loaded.</summary>
/// <remarks>
/// The plan is made for this machine as it is at that moment. Conversations that are shorter than
/// <see cref="PlanOptions.ContextLength"/> share the room that the KV cache has; a call for which there is none waits.
/// </remarks>
public sealed record LoadOptions : PlanOptions
{
    /// <summary>
    /// Computing threads, 1 to 512. Null (default): one for each physical core that the process may run on (on Apple
    /// silicon each fast one), within the container's CPU limit. Models of one thread count share their threads.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>Is told how far the load has come, on the loading thread. What it throws stops the load and is thrown to the caller.</summary>
    public IProgress<LoadProgress>? Progress { get; init; }

    /// <summary>Makes the logger that receives what LocalLlm and llama.cpp have to say about this model. Null (default): nothing is logged.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    internal void Validate()
    {
        ValidatePlan();
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads ?? 1, 1, nameof(Threads));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Threads ?? 1, 512, nameof(Threads));
        if (!UnifiedKv)
        {
            throw new ArgumentException("A loaded model's conversations share one set of cells: other caches can only be planned.", nameof(UnifiedKv));
        }
    }
}
