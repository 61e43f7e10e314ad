using System.Runtime.InteropServices;

namespace LocalLlm.Cli;

/// <summary>While it lives, the first Ctrl+C cancels <see cref="Token"/>, and only a second one ends the process.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _registration;

    internal Interrupt() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
    {
        signal.Cancel = !_source.IsCancellationRequested;
        _source.Cancel();
    });

    internal CancellationToken Token => _source.Token;

    // The source stays undisposed: a signal may be on its way still, and without a timer it holds nothing.
    public void Dispose() => _registration.Dispose();
}
