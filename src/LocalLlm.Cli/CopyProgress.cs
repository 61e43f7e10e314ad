using Spectre.Console;

namespace LocalLlm.Cli;

/// <summary>Shows a person at the terminal, on standard error, how far copying a model is.</summary>
internal static class CopyProgress
{
    internal static T Show<T>(string what, string model, Func<IProgress<long>?, T> copy)
    {
        if (Console.IsErrorRedirected)
        {
            return copy(null);
        }
        long bytes;
        using (GgufFile file = GgufFile.Open(model))
        {
            bytes = file.Summarize().TensorBytes;
        }
        return Screen.Bars().Start(context => copy(new Bar(context.AddTask(what, maxValue: Math.Max(1, bytes)))));
    }

    /// <summary>Tells at once, and in order, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Bar(ProgressTask task) : IProgress<long>
    {
        public void Report(long value) => task.Value = value;
    }
}
