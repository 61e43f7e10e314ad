using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>A chain of llama.cpp's samplers, which it owns.</summary>
internal sealed class SamplerChain : IDisposable
{
    private readonly SamplerHandle _handle = new(Checked(LlamaApi.llama_sampler_chain_init(new llama_sampler_chain_params { no_perf = 1 })));

    /// <summary>Appends a sampler and returns it.</summary>
    internal nint Add(nint sampler)
    {
        // Adding NULL to a chain ends the process at the next draw.
        LlamaApi.llama_sampler_chain_add(_handle, Checked(sampler));
        return sampler;
    }

    // Never llama_sampler_sample: it accepts what it drew without a look at it, and aborts the process on no selection.
    internal void Apply(Candidates candidates) => candidates.Apply(_handle);

    internal void Accept(int token) => LlamaApi.llama_sampler_accept(_handle, token);

    public void Dispose() => _handle.Dispose();

    internal static nint Checked(nint sampler) =>
        sampler != 0 ? sampler : throw new LocalLlmException("llama.cpp could not create a sampler.");
}
