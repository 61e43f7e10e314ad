using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>Leaves the candidates that may be drawn and draws one of them, in llama.cpp's usual order.</summary>
internal sealed class TokenSelection : IDisposable
{
    // Not to be drawn in any lifetime. Typical sampling and mirostat compute with the logarithm of a probability, which
    // for one that has become 0 makes NaN of their sums: they must not see it.
    private const float Negligible = 1e-30f;

    // Colder than this is greedy, and a temperature near 0 makes infinities of the logits.
    private const float LowestDynamicTemperature = 1e-3f;

    private readonly SamplerChain _chain = new();

    internal TokenSelection(SamplingParameters parameters, int vocabularySize)
    {
        LearnsAsItDraws = parameters.Mirostat is not null;
        if (parameters.Mirostat is { } mirostat)
        {
            AddTemperature(parameters);
            AddMirostat(mirostat, vocabularySize, parameters.Seed);
        }
        else
        {
            AddTruncation(parameters);
            AddTemperature(parameters);
            _chain.Add(LlamaApi.llama_sampler_init_dist(parameters.Seed));
        }
    }

    /// <summary>Whether a draw changes the next one, accepted or not.</summary>
    internal bool LearnsAsItDraws { get; }

    internal void Apply(Candidates candidates) => _chain.Apply(candidates);

    internal void Accept(int token) => _chain.Accept(token);

    public void Dispose() => _chain.Dispose();

    private void AddTruncation(SamplingParameters parameters)
    {
        if (parameters.TopNSigma > 0)
        {
            _chain.Add(LlamaApi.llama_sampler_init_top_n_sigma(parameters.TopNSigma));
        }

        if (parameters.TopK > 0)
        {
            _chain.Add(LlamaApi.llama_sampler_init_top_k(parameters.TopK));
        }

        if (parameters.TypicalP < 1)
        {
            AddMinP(Negligible);
            _chain.Add(LlamaApi.llama_sampler_init_typical(parameters.TypicalP, min_keep: 1));
        }

        if (parameters.TopP < 1)
        {
            _chain.Add(LlamaApi.llama_sampler_init_top_p(parameters.TopP, min_keep: 1));
        }

        if (parameters.MinP > 0)
        {
            AddMinP(parameters.MinP);
        }

        if (parameters.Xtc is { } xtc)
        {
            _chain.Add(LlamaApi.llama_sampler_init_xtc(xtc.Probability, xtc.Threshold, min_keep: 1, parameters.Seed));
        }
    }

    private void AddMinP(float p) => _chain.Add(LlamaApi.llama_sampler_init_min_p(p, min_keep: 1));

    private void AddTemperature(SamplingParameters parameters)
    {
        if (parameters.DynamicTemperature is { Range: > 0 } dynamic && parameters.Mirostat is null)
        {
            float lowest = Math.Max(parameters.Temperature - dynamic.Range, LowestDynamicTemperature);
            float highest = Math.Max(parameters.Temperature + dynamic.Range, lowest);
            _chain.Add(LlamaApi.llama_sampler_init_temp_ext((lowest + highest) / 2, (highest - lowest) / 2, dynamic.Exponent));
        }
        else
        {
            _chain.Add(LlamaApi.llama_sampler_init_temp(parameters.Temperature));
        }
    }

    private void AddMirostat(MirostatOptions mirostat, int vocabularySize, uint seed)
    {
        // The number of most probable tokens that the estimate is made from; the paper's and llama.cpp's value.
        const int estimatedFrom = 100;
        AddMinP(Negligible);
        _chain.Add(mirostat.Version == 1
            ? LlamaApi.llama_sampler_init_mirostat(vocabularySize, seed, mirostat.Tau, mirostat.Eta, estimatedFrom)
            : LlamaApi.llama_sampler_init_mirostat_v2(seed, mirostat.Tau, mirostat.Eta));
    }
}
