using System.Numerics.Tensors;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>Draws the tokens of one sequence: greedily, or through a chain of llama.cpp's samplers in the field's usual order.</summary>
internal sealed unsafe class Sampler : IDisposable
{
    private readonly SamplerHandle? _chain;

    internal Sampler(in SamplingParameters parameters)
    {
        if (!parameters.IsGreedy)
        {
            _chain = CreateChain(parameters);
        }
    }

    /// <summary>Draws a token from a row of logits.</summary>
    /// <exception cref="LocalLlmException">The model's logits are not numbers.</exception>
    internal int Draw(ReadOnlySpan<float> logits, Candidates candidates)
    {
        int token = _chain is null ? Greedy(logits) : Apply(_chain, logits, candidates);
        return token >= 0
            ? token
            : throw new LocalLlmException("The model gave no finite logits, so no token can be drawn. The file may be damaged, or its numbers overflow on this backend.");
    }

    public void Dispose() => _chain?.Dispose();

    private static int Greedy(ReadOnlySpan<float> logits)
    {
        int best = TensorPrimitives.IndexOfMax(logits);
        return best >= 0 && float.IsFinite(logits[best]) ? best : -1;
    }

    // Never llama_sampler_sample: it accepts what it drew without a look at it, and aborts the process on no selection.
    private static int Apply(SamplerHandle chain, ReadOnlySpan<float> logits, Candidates candidates)
    {
        fixed (float* row = logits)
        {
            llama_token_data_array array = candidates.Fill(row);
            LlamaApi.llama_sampler_apply(chain, &array);
            if (array.selected < 0 || array.selected >= (long)array.size || !float.IsFinite(array.data[array.selected].logit))
            {
                return -1;
            }

            int token = array.data[array.selected].id;
            LlamaApi.llama_sampler_accept(chain, token);
            return token;
        }
    }

    private static SamplerHandle CreateChain(in SamplingParameters parameters)
    {
        SamplerHandle chain = new(Checked(LlamaApi.llama_sampler_chain_init(new llama_sampler_chain_params { no_perf = 1 })));
        if (parameters.TopK > 0)
        {
            Add(LlamaApi.llama_sampler_init_top_k(parameters.TopK));
        }

        if (parameters.TopP < 1)
        {
            Add(LlamaApi.llama_sampler_init_top_p(parameters.TopP, min_keep: 1));
        }

        if (parameters.MinP > 0)
        {
            Add(LlamaApi.llama_sampler_init_min_p(parameters.MinP, min_keep: 1));
        }

        Add(LlamaApi.llama_sampler_init_temp(parameters.Temperature));
        Add(LlamaApi.llama_sampler_init_dist(parameters.Seed));
        return chain;

        // Adding NULL to a chain ends the process at the next draw.
        void Add(nint sampler) => LlamaApi.llama_sampler_chain_add(chain, Checked(sampler));
    }

    private static nint Checked(nint sampler) =>
        sampler != 0 ? sampler : throw new LocalLlmException("llama.cpp could not create a sampler.");
}
