using System.Runtime.InteropServices;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>Receives llama.cpp's progress while a model loads, and stops the load on cancellation or when a callback of the caller's threw.</summary>
internal sealed unsafe class LoadCallback : IDisposable
{
    private readonly IProgress<float>? progress;
    private readonly NativeLogScope log;
    private readonly CancellationToken cancellationToken;
    private GCHandle self;

    internal LoadCallback(IProgress<float>? progress, NativeLogScope log, CancellationToken cancellationToken)
    {
        this.progress = progress;
        this.log = log;
        this.cancellationToken = cancellationToken;
        self = GCHandle.Alloc(this);
    }

    internal static delegate* unmanaged<float, nint, byte> Function => &OnProgress;

    internal nint UserData => GCHandle.ToIntPtr(self);

    public void Dispose() => self.Free();

    [UnmanagedCallersOnly]
    private static byte OnProgress(float fraction, nint userData) =>
        (byte)(((LoadCallback)GCHandle.FromIntPtr(userData).Target!).Continue(fraction) ? 1 : 0);

    private bool Continue(float fraction)
    {
        try
        {
            progress?.Report(fraction);
        }
        catch (Exception thrown)
        {
            log.Fail(thrown);
        }

        return !log.HasFailed && !cancellationToken.IsCancellationRequested;
    }
}
