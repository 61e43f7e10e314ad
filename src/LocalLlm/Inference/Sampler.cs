using System.Numerics.Tensors;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>Draws the tokens of one sequence: greedily, or through a chain of llama.cpp's samplers in the field's usual order.</summary>
internal sealed unsafe class Sampler : IDisposable
{
    private readonly SamplerHandle? _chain;
    private readonly GrammarConstraint? _grammar;

    /// <summary>Creates the samplers; owns the grammar from now on.</summary>
    internal Sampler(in SamplingParameters parameters, GrammarConstraint? grammar = null)
    {
        _grammar = grammar;
        if (!parameters.IsGreedy)
        {
            _chain = CreateChain(parameters);
        }
    }

    /// <summary>Draws a token from a row of logits.</summary>
    /// <exception cref="LocalLlmException">The model's logits are not numbers.</exception>
    /// <exception cref="GrammarException">No token fits the grammar.</exception>
    internal int Draw(ReadOnlySpan<float> logits, Candidates candidates)
    {
        int token = _chain is null ? Best(logits) : DrawFromAll(_chain, logits, candidates);
        if (token < 0)
        {
            throw new LocalLlmException("The model gave no finite logits, so no token can be drawn. The file may be damaged, or its numbers overflow on this backend.");
        }

        // Asked about one token first: to mask them all takes long, and the model mostly keeps to the grammar by itself.
        if (_grammar?.Allows(token) == false)
        {
            token = DrawFromAllowed(_grammar, logits, candidates);
        }

        Accept(token);
        return token;
    }

    public void Dispose()
    {
        _chain?.Dispose();
        _grammar?.Dispose();
    }

    private static int Best(ReadOnlySpan<float> logits)
    {
        int best = TensorPrimitives.IndexOfMax(logits);
        return best >= 0 && float.IsFinite(logits[best]) ? best : -1;
    }

    private static int DrawFromAll(SamplerHandle chain, ReadOnlySpan<float> logits, Candidates candidates)
    {
        fixed (float* row = logits)
        {
            llama_token_data_array array = candidates.Fill(row);
            return Apply(chain, ref array);
        }
    }

    // The grammar stands before the chain, so that no truncation can leave only what it forbids.
    private int DrawFromAllowed(GrammarConstraint grammar, ReadOnlySpan<float> logits, Candidates candidates)
    {
        fixed (float* row = logits)
        {
            llama_token_data_array array = candidates.Fill(row);
            grammar.Mask(ref array);
            int token = array.size == 0 ? -1 : _chain is null ? Best(array) : Apply(_chain, ref array);
            return token >= 0 && grammar.Allows(token)
                ? token
                : throw new GrammarException("The grammar can't go on: no token of this model fits it here.");
        }
    }

    private static int Best(in llama_token_data_array array)
    {
        llama_token_data best = array.data[0];
        for (nuint i = 1; i < array.size; i++)
        {
            if (array.data[i].logit > best.logit)
            {
                best = array.data[i];
            }
        }

        return float.IsFinite(best.logit) ? best.id : -1;
    }

    // Never llama_sampler_sample: it accepts what it drew without a look at it, and aborts the process on no selection.
    private static int Apply(SamplerHandle chain, ref llama_token_data_array array)
    {
        fixed (llama_token_data_array* candidates = &array)
        {
            LlamaApi.llama_sampler_apply(chain, candidates);
        }

        return array.selected >= 0 && array.selected < (long)array.size && float.IsFinite(array.data[array.selected].logit)
            ? array.data[array.selected].id
            : -1;
    }

    private void Accept(int token)
    {
        _grammar?.Accept(token);
        if (_chain is not null)
        {
            LlamaApi.llama_sampler_accept(_chain, token);
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
