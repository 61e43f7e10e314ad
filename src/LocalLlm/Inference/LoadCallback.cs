using System.Runtime.InteropServices;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>Receives llama.cpp's progress while a model loads, and stops the load on cancellation, when a callback of the caller's threw, and when the process exits.</summary>
internal sealed unsafe class LoadCallback : IDisposable
{
    private readonly IProgress<float>? _progress;
    private readonly NativeLogScope _log;
    private readonly CancellationToken _cancellationToken;
    private GCHandle _self;

    internal LoadCallback(IProgress<float>? progress, NativeLogScope log, CancellationToken cancellationToken)
    {
        _progress = progress;
        _log = log;
        _cancellationToken = cancellationToken;
        _self = GCHandle.Alloc(this);
    }

    internal static delegate* unmanaged<float, nint, byte> Function => &OnProgress;

    internal nint UserData => GCHandle.ToIntPtr(_self);

    public void Dispose() => _self.Free();

    [UnmanagedCallersOnly]
    private static byte OnProgress(float fraction, nint userData) =>
        (byte)(((LoadCallback)GCHandle.FromIntPtr(userData).Target!).Continue(fraction) ? 1 : 0);

    private bool Continue(float fraction)
    {
        try
        {
            _progress?.Report(fraction);
        }
        catch (Exception thrown)
        {
            _log.Fail(thrown);
        }

        return !_log.HasFailed && !_cancellationToken.IsCancellationRequested && !RunningLoads.Exiting.IsCancellationRequested;
    }
}
