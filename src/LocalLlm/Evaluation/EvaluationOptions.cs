using LocalLlm.Hardware;
using LocalLlm.Inference;
using Microsoft.Extensions.Logging;

namespace LocalLlm;

/// <summary>How a model is planned and loaded to be evaluated, and the chunks in which it reads the text.</summary>
/// <remarks>
/// <see cref="PlanOptions.ContextLength"/> is the length of a chunk: null (default) is 512 tokens, as in llama-perplexity, and the
/// least is 3. <see cref="PlanOptions.Sequences"/> stays 1 and <see cref="PlanOptions.MostOutputs"/> null: chunks are read one
/// after the other, and how many logits a step needs follows from their length.
/// </remarks>
public sealed record EvaluationOptions : PlanOptions
{
    private const int DefaultLength = 512;
    private const int LeastLength = 3;
    private const int DefaultPiece = 512;

    /// <summary>
    /// Computing threads, 1 to 512. Null (default): one for each physical core that the process may run on (on Apple
    /// silicon each fast one), within the container's CPU limit.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>Makes the logger that receives what LocalLlm and llama.cpp have to say about the models. Null (default): nothing is logged.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>The length of a chunk, in tokens.</summary>
    internal int ChunkLength => ContextLength ?? DefaultLength;

    /// <summary>Most tokens of a chunk that are read at once: between pieces an evaluation can be cancelled, and no more logits are held than one has.</summary>
    internal int PieceLength => MicroBatch ?? DefaultPiece;

    /// <summary>The threads that compute, also what is made of logits.</summary>
    internal int UsedThreads => Threads ?? ProcessorCores.Usable;

    internal void Validate()
    {
        ValidatePlan();
        ArgumentOutOfRangeException.ThrowIfLessThan(ChunkLength, LeastLength, nameof(ContextLength));
        ProcessorCores.CheckThreads(Threads);
        if (Sequences != 1)
        {
            throw new ArgumentException("An evaluation reads one chunk after the other: leave the number of sequences out.", nameof(Sequences));
        }

        if (MostOutputs is not null)
        {
            throw new ArgumentException("How many outputs an evaluation needs follows from the length of its chunks: leave their number out.", nameof(MostOutputs));
        }
    }

    /// <summary>What a model is loaded with, to give the logits of a chunk's second half.</summary>
    internal EngineOptions ForEngine() => new(
        this with { ContextLength = ChunkLength, MostOutputs = Math.Min(PieceLength, ChunkLength - (ChunkLength / 2)) }, UsedThreads, ScoresText: true);
}
