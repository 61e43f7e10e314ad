using System.Runtime.InteropServices;

namespace LocalLlm.Native;

/// <summary>Owns a llama_sampler, of a chain also the samplers in it, and keeps the model alive whose vocabulary it holds.</summary>
internal sealed class SamplerHandle : SafeHandle
{
    private readonly ModelHandle? _model;

    internal SamplerHandle(nint sampler, ModelHandle? model = null)
        : base(0, ownsHandle: true)
    {
        _model = model;
        if (sampler != 0)
        {
            // Given back with the handle, which is only released where it is valid.
            bool added = false;
            model?.DangerousAddRef(ref added);
            SetHandle(sampler);
        }
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LlamaApi.llama_sampler_free(handle);
        _model?.DangerousRelease();
        return true;
    }
}
