using Microsoft.Extensions.Logging;

namespace LocalLlm.Tests;

/// <summary>Hands every log line to a callback, on the thread that logs.</summary>
internal sealed class CallbackLoggerFactory(Action<LogLevel, string> onLine) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        onLine(logLevel, formatter(state, exception));

    public void Dispose()
    {
    }
}
