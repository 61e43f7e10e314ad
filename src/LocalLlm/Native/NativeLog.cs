using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm.Native;

/// <summary>
/// Receives the one native log of the process. A line goes to the scope that the thread which made the native call has
/// entered; lines of other threads (ggml's workers) go to the runtime's logger.
/// </summary>
internal static unsafe partial class NativeLog
{
    [ThreadStatic]
    private static NativeLogScope? _scope;

    [ThreadStatic]
    private static StringBuilder? _line;

    [ThreadStatic]
    private static ggml_log_level _lineLevel;

    private static volatile ILogger _runtimeLogger = NullLogger.Instance;

    internal static delegate* unmanaged<ggml_log_level, byte*, nint, void> Callback => &OnText;

    internal static void SetRuntimeLogger(ILogger logger) => _runtimeLogger = logger;

    /// <summary>Sends what this thread's native calls log to a logger, until the scope is disposed.</summary>
    /// <param name="logger">Where they go.</param>
    /// <param name="reader">Is given each line too, whatever its level.</param>
    internal static NativeLogScope Enter(ILogger logger, Action<string>? reader = null) => _scope = new NativeLogScope(logger, reader, _scope);

    internal static void Leave(NativeLogScope left)
    {
        if (ReferenceEquals(_scope, left))
        {
            _scope = left.Outer;
        }
    }

    [UnmanagedCallersOnly]
    private static void OnText(ggml_log_level level, byte* text, nint userData)
    {
        NativeLogScope? receiver = _scope;
        try
        {
            Append(receiver, level, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
        }
        catch (Exception thrown)
        {
            // A caller's logger may throw, but never across the native frames below: the scope's owner rethrows it.
            receiver?.Fail(thrown);
        }
    }

    private static void Append(NativeLogScope? receiver, ggml_log_level level, ReadOnlySpan<byte> text)
    {
        _line ??= new StringBuilder();
        // llama.cpp also goes on with a line at the line's own level.
        if (level != ggml_log_level.GGML_LOG_LEVEL_CONT && !(level == _lineLevel && _line.Length > 0))
        {
            _line.Clear();
            _lineLevel = level;
        }

        LogLevel logLevel = receiver is { IsStopping: true } ? LogLevel.Trace : ToLogLevel(_lineLevel);
        ILogger logger = receiver?.Logger ?? _runtimeLogger;
        bool isError = _lineLevel == ggml_log_level.GGML_LOG_LEVEL_ERROR;
        if (!isError && receiver?.Reader is null && !logger.IsEnabled(logLevel))
        {
            return;
        }

        _line.Append(Encoding.UTF8.GetString(text));
        if (!text.EndsWith("\n"u8))
        {
            return;
        }

        string whole = _line.ToString().TrimEnd();
        _line.Clear();
        if (whole.Length == 0)
        {
            return;
        }

        if (isError)
        {
            receiver?.AddError(whole);
        }

        receiver?.Reader?.Invoke(whole);
        NativeLine(logger, logLevel, whole);
    }

    // llama.cpp's "info" is some hundred lines for each model: detail to an application.
    private static LogLevel ToLogLevel(ggml_log_level level) => level switch
    {
        ggml_log_level.GGML_LOG_LEVEL_ERROR => LogLevel.Error,
        ggml_log_level.GGML_LOG_LEVEL_WARN => LogLevel.Warning,
        ggml_log_level.GGML_LOG_LEVEL_INFO => LogLevel.Debug,
        _ => LogLevel.Trace,
    };

    [LoggerMessage(EventId = 1, Message = "{Line}")]
    private static partial void NativeLine(ILogger logger, LogLevel level, string line);
}
