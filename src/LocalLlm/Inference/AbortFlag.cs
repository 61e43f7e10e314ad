using System.Runtime.InteropServices;

namespace LocalLlm.Inference;

/// <summary>A flag that llama.cpp's CPU backend looks at between the nodes of a graph: set, the decode that runs gives up.</summary>
internal sealed unsafe class AbortFlag : IDisposable
{
    private readonly int* _flag = (int*)NativeMemory.AllocZeroed(sizeof(int));

    internal static delegate* unmanaged<nint, byte> Callback => &IsSet;

    internal nint Data => (nint)_flag;

    internal void Set(bool abort) => Volatile.Write(ref *_flag, abort ? 1 : 0);

    public void Dispose() => NativeMemory.Free(_flag);

    [UnmanagedCallersOnly]
    private static byte IsSet(nint data) => (byte)Volatile.Read(ref *(int*)data);
}
