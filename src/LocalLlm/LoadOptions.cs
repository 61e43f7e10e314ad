using Microsoft.Extensions.Logging;

namespace LocalLlm;

/// <summary>How a model is loaded.</summary>
public sealed record LoadOptions
{
    /// <summary>
    /// Context of one conversation, in tokens: prompt and answer together. Null (default): as much as fits into half of
    /// the available memory, up to the length that the model was trained for. At most the trained length.
    /// </summary>
    public int? ContextLength { get; init; }

    /// <summary>
    /// How many conversations of full length the KV cache has room for, 1 to 256. More of them that are shorter share that
    /// room; a call for which there is none waits. Default 1.
    /// </summary>
    public int Sequences { get; init; } = 1;

    /// <summary>How many layers, counted from the last, are put on the GPUs. Default 0: the processor does everything and no GPU is touched.</summary>
    public int GpuLayers { get; init; }

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
        if (ContextLength is { } contextLength)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(contextLength, nameof(ContextLength));
        }

        ThrowUnlessWithin(Sequences, 1, 256, nameof(Sequences));
        ArgumentOutOfRangeException.ThrowIfNegative(GpuLayers);
        ThrowUnlessWithin(Threads ?? 1, 1, 512, nameof(Threads));
        if ((long)(ContextLength ?? 0) * Sequences > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(ContextLength), ContextLength, $"{Sequences} sequences of {ContextLength} tokens are more than the {int.MaxValue} that one KV cache can address.");
        }
    }

    private static void ThrowUnlessWithin(int value, int min, int max, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, min, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, max, name);
    }
}
