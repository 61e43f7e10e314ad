using Spectre.Console;

namespace LocalLlm.Cli;

/// <summary>Shows a person at the terminal, on standard error, how far a download is.</summary>
internal static class DownloadBar
{
    internal static Task<string> ShowAsync(ModelVariant variant, Func<IProgress<DownloadProgress>?, Task<string>> download) =>
        Console.IsErrorRedirected || variant.LocalPath is not null
            ? download(null)
            : Screen.Error.Progress()
                .AutoClear(true)
                .Columns(
                    new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
                .StartAsync(context => download(new Bar(context.AddTask(Markup.Escape(Plain.Cut(variant.Label ?? variant.Name, 40)), maxValue: Math.Max(1, variant.Bytes)))));

    /// <summary>Tells at once, and in order, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Bar(ProgressTask task) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => task.Value = value.Bytes;
    }
}
