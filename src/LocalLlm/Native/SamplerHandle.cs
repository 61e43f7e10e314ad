using System.Runtime.InteropServices;

namespace LocalLlm.Native;

/// <summary>Owns a llama_sampler chain and the samplers in it.</summary>
internal sealed class SamplerHandle : SafeHandle
{
    internal SamplerHandle(nint chain)
        : base(0, ownsHandle: true) => SetHandle(chain);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LlamaApi.llama_sampler_free(handle);
        return true;
    }
}
