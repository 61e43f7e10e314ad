using LocalLlm.Hardware;
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
    /// Which variant is loaded. Null (default): a file, an address or a variant that is named as it is; of a folder or a repository
    /// what is best for this machine, as <see cref="QuantizationPreset.Auto"/>. A variant that is not there is made of one of 16 bits,
    /// once, and kept in the <see cref="Store"/>.
    /// </summary>
    public QuantizationPreset? Preset { get; init; }

    /// <summary>Tokens per second that a variant must reach where not all of it is on GPUs, for better quality to be worth it. Default 5.</summary>
    public double MinimumTokensPerSecond { get; init; } = 5;

    /// <summary>Where models are found, downloaded to and made. Null (default): a store as the environment has it.</summary>
    public ModelStore? Store { get; init; }

    /// <summary>
    /// Computing threads, 1 to 512. Null (default): one for each physical core that the process may run on (on Apple
    /// silicon each fast one), within the container's CPU limit. Models of one thread count share their threads.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>Is told how far getting and loading the model has come, on the working thread. What it throws stops the load and is thrown to the caller.</summary>
    public IProgress<LoadProgress>? Progress { get; init; }

    /// <summary>Makes the logger that receives what LocalLlm and llama.cpp have to say about this model. Null (default): nothing is logged.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>What a variant is chosen by.</summary>
    internal static PresetOptions ChoiceOf(LoadOptions options) =>
        new() { Preset = options.Preset ?? QuantizationPreset.Auto, MinimumTokensPerSecond = options.MinimumTokensPerSecond, Plan = options };

    internal void Validate()
    {
        ChoiceOf(this).Validate();
        ProcessorCores.CheckThreads(Threads);
        if (!UnifiedKv)
        {
            throw new ArgumentException("A loaded model's conversations share one set of cells: other caches can only be planned.", nameof(UnifiedKv));
        }
    }
}
