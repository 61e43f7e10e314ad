using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;

namespace LocalLlm.Native;

/// <summary>Where one thread's native log lines go, and what came of it: the last error lines, and what the caller's logger threw.</summary>
internal sealed class NativeLogScope(ILogger logger, Action<string>? reader, NativeLogScope? outer) : IDisposable
{
    private const int KeptErrors = 8;

    private readonly List<string> _errors = [];
    private Exception? _failure;
    private bool _isStopping;

    internal ILogger Logger => logger;

    /// <summary>Is given each line; null: nobody.</summary>
    internal Action<string>? Reader => reader;

    internal NativeLogScope? Outer => outer;

    /// <summary>Whether the native call was asked to stop: the errors that it logs then are none.</summary>
    internal bool IsStopping
    {
        get => Volatile.Read(ref _isStopping);
        set => Volatile.Write(ref _isStopping, value);
    }

    /// <summary>Whether the caller's logger (or another callback of theirs) threw: the native call should stop.</summary>
    internal bool HasFailed => _failure is not null;

    internal void AddError(string line)
    {
        if (_errors.Count == KeptErrors)
        {
            _errors.RemoveAt(0);
        }

        _errors.Add(line);
    }

    internal void Fail(Exception thrown) => _failure ??= thrown;

    /// <summary>The error lines since the last call, oldest first.</summary>
    internal string[] TakeErrors()
    {
        string[] taken = [.. _errors];
        _errors.Clear();
        return taken;
    }

    /// <summary>What a caller's callback threw during the native call; handed out once.</summary>
    internal Exception? TakeFailure() => Interlocked.Exchange(ref _failure, null);

    /// <summary>Throws what a caller's callback threw during the native call, once.</summary>
    internal void ThrowIfFailed()
    {
        if (TakeFailure() is { } thrown)
        {
            ExceptionDispatchInfo.Throw(thrown);
        }
    }

    public void Dispose() => NativeLog.Leave(this);
}
