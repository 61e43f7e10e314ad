using System.Globalization;
using Spectre.Console;

namespace LocalLlm.Cli;

/// <summary>Shows a person at the terminal, on standard error, how far an evaluation is.</summary>
internal static class EvaluationProgressBar
{
    internal static Task<T> ShowAsync<T>(Func<IProgress<EvaluationProgress>?, Task<T>> evaluate) =>
        Console.IsErrorRedirected
            ? evaluate(null)
            : Screen.Bars().StartAsync(context => evaluate(new Bar(context.AddTask("loading"))));

    /// <summary>Tells at once, and in order, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Bar(ProgressTask task) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value)
        {
            task.Description = string.Create(CultureInfo.InvariantCulture, $"chunk {value.Chunk} of {value.Chunks}, perplexity {value.Perplexity:0.00}");
            task.MaxValue = value.Chunks;
            task.Value = value.Chunk;
        }
    }
}
