using LocalLlm.Inference;
using LocalLlm.Native;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm.Evaluation;

/// <summary>What all evaluations of a text have in common: a thread, a log, and the way through the chunks.</summary>
internal static class TextEvaluation
{
    /// <summary>Evaluates on a thread of its own.</summary>
    /// <param name="category">Whose the log lines are.</param>
    /// <param name="options">Has the logger.</param>
    /// <param name="evaluate">The evaluation.</param>
    /// <param name="cancellationToken">Keeps it from starting.</param>
    internal static Task<T> StartAsync<T>(Type category, EvaluationOptions options, Func<NativeLogScope, T> evaluate, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () =>
            {
                using RunningLoads.Load running = RunningLoads.Begin();
                using NativeLogScope log = NativeLog.Enter(options.LoggerFactory?.CreateLogger(category) ?? NullLogger.Instance);
                return evaluate(log);
            },
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

    /// <summary>Goes through a text piece by piece, and tells of each chunk.</summary>
    /// <param name="chunks">The text.</param>
    /// <param name="options">The length of the pieces, and how many threads score.</param>
    /// <param name="score">Reads and scores a piece.</param>
    /// <param name="perplexity">What there is to tell so far.</param>
    /// <param name="progress">Is told; null: nobody.</param>
    /// <param name="cancellationToken">Stops the scoring.</param>
    internal static void Read(
        TextChunks chunks,
        EvaluationOptions options,
        Action<TextPiece, ParallelOptions> score,
        Func<double> perplexity,
        IProgress<EvaluationProgress>? progress,
        CancellationToken cancellationToken)
    {
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = options.UsedThreads, CancellationToken = cancellationToken };
        for (int chunk = 0; chunk < chunks.Count; chunk++)
        {
            foreach (TextPiece piece in chunks.Pieces(chunk, options.PieceLength))
            {
                score(piece, parallel);
            }

            progress?.Report(new EvaluationProgress(chunk + 1, chunks.Count, perplexity()));
        }
    }
}
