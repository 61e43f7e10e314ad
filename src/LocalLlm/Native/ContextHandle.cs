using System.Runtime.InteropServices;

namespace LocalLlm.Native;

/// <summary>Owns a llama_context, and keeps its model alive.</summary>
internal sealed class ContextHandle : SafeHandle
{
    private readonly ModelHandle _model;

    internal ContextHandle(nint context, ModelHandle model)
        : base(0, ownsHandle: true)
    {
        _model = model;
        if (context != 0)
        {
            // Given back with the handle, which is only released where it is valid.
            bool added = false;
            model.DangerousAddRef(ref added);
            SetHandle(context);
        }
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LlamaApi.llama_free(handle);
        _model.DangerousRelease();
        return true;
    }
}
