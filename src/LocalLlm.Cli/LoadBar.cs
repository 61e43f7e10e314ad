using Spectre.Console;

namespace LocalLlm.Cli;

/// <summary>Shows a person at the terminal, on standard error, how far getting a model is: a bar for each stage that takes its time.</summary>
internal static class LoadBar
{
    internal static Task<T> ShowAsync<T>(Func<IProgress<LoadProgress>?, Task<T>> get) =>
        Console.IsErrorRedirected
            ? get(null)
            : Screen.Bars().StartAsync(context => get(new Bars(context)));

    /// <summary>Tells at once, and in order, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Bars(ProgressContext context) : IProgress<LoadProgress>
    {
        private readonly Dictionary<LoadStage, ProgressTask> _tasks = [];

        public void Report(LoadProgress value)
        {
            if (!_tasks.TryGetValue(value.Stage, out ProgressTask? task))
            {
                _tasks[value.Stage] = task = context.AddTask(Name(value), maxValue: 1);
            }
            task.Description = Name(value);
            task.Value = value.Fraction;
        }

        private static string Name(LoadProgress value) => value.Download is { } download
            ? $"downloading {Size.Of(download.Bytes)} of {Size.Of(download.TotalBytes)} at {Size.Of((long)download.BytesPerSecond)}/s"
            : value.Stage.ToString().ToLowerInvariant();
    }
}
