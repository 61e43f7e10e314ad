using Microsoft.Extensions.Logging;

namespace LocalLlm.Cli;

/// <summary>Writes the log to standard error, but for what only llama.cpp's own developers ask.</summary>
internal sealed class StderrLogger : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel > LogLevel.Trace;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Console.Error.WriteLine($"{logLevel}: {formatter(state, exception).TrimEnd()}");
        }
    }

    public void Dispose()
    {
    }
}
