using System.Runtime.InteropServices;

namespace LocalLlm.Native;

/// <summary>Owns a gguf_context: a header in native memory.</summary>
internal sealed unsafe class GgufHandle : SafeHandle
{
    private GgufHandle(nint context)
        : base(0, ownsHandle: true) => SetHandle(context);

    public override bool IsInvalid => handle == 0;

    /// <summary>Parses a header; invalid where ggml refuses it.</summary>
    internal static GgufHandle Parse(ReadOnlySpan<byte> header)
    {
        fixed (byte* data = header)
        {
            return new GgufHandle(GgufApi.gguf_init_from_buffer(data, (nuint)header.Length, new gguf_init_params { no_alloc = 1 }));
        }
    }

    protected override bool ReleaseHandle()
    {
        GgufApi.gguf_free(handle);
        return true;
    }
}
