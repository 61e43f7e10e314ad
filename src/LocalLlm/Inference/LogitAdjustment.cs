using System.Collections.ObjectModel;
using System.Runtime.InteropServices;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>What changes logits before anything is drawn, greedily or not: biases, penalties, DRY.</summary>
internal sealed unsafe class LogitAdjustment : IDisposable
{
    private readonly SamplerChain _chain = new();
    private readonly List<nint> _readPrompt = [];
    private readonly Vocabulary _vocabulary;
    private readonly int _promptWindow;

    private LogitAdjustment(SamplingParameters parameters, Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        AddBias(parameters.LogitBias, vocabulary.SuppressedTokens);
        if (HasRepetitionPenalty(parameters))
        {
            _readPrompt.Add(_chain.Add(LlamaApi.llama_sampler_init_penalties(
                vocabulary.Count, parameters.PenaltyWindow, parameters.RepetitionPenalty, penalty_freq: 0, penalty_present: 0)));
            _promptWindow = parameters.PenaltyWindow;
        }

        if (HasOutputPenalty(parameters))
        {
            _chain.Add(LlamaApi.llama_sampler_init_penalties(
                vocabulary.Count, parameters.MaxOutputTokens, penalty_repeat: 1, parameters.FrequencyPenalty, parameters.PresencePenalty));
        }

        if (parameters.Dry is { } dry)
        {
            _readPrompt.Add(_chain.Add(vocabulary.DrySamplers.Create(dry)));
            _promptWindow = Math.Max(_promptWindow, dry.Window);
        }
    }

    /// <summary>Null where the parameters leave the logits as they are.</summary>
    internal static LogitAdjustment? Create(SamplingParameters parameters, Vocabulary vocabulary) =>
        parameters.LogitBias is { Count: > 0 } || !vocabulary.SuppressedTokens.IsEmpty ||
        HasRepetitionPenalty(parameters) || HasOutputPenalty(parameters) || parameters.Dry is not null
            ? new LogitAdjustment(parameters, vocabulary)
            : null;

    /// <summary>Notes the end of the prompt for what looks at it. Control tokens are the template's, no repetition of the text's.</summary>
    internal void AcceptPrompt(ReadOnlySpan<int> prompt)
    {
        int start = prompt.Length;
        for (int left = _promptWindow; start > 0 && left > 0;)
        {
            if (!_vocabulary.IsControl(prompt[--start]))
            {
                left--;
            }
        }

        foreach (int token in prompt[start..])
        {
            if (_vocabulary.IsControl(token))
            {
                continue;
            }

            foreach (nint sampler in _readPrompt)
            {
                LlamaApi.llama_sampler_accept(sampler, token);
            }
        }
    }

    internal void Apply(Candidates candidates) => _chain.Apply(candidates);

    internal void Accept(int token) => _chain.Accept(token);

    public void Dispose() => _chain.Dispose();

    private static bool HasRepetitionPenalty(SamplingParameters parameters) => parameters.RepetitionPenalty != 1 && parameters.PenaltyWindow > 0;

    private static bool HasOutputPenalty(SamplingParameters parameters) => parameters.FrequencyPenalty != 0 || parameters.PresencePenalty != 0;

    // llama.cpp sorts in buckets of whole numbers: beyond these a logit would come out as the smallest.
    private static float Bounded(float bias) => float.IsFinite(bias) ? Math.Clamp(bias, -1e6f, 1e6f) : bias;

    private void AddBias(IReadOnlyDictionary<int, float>? bias, ReadOnlySpan<int> suppressed)
    {
        List<llama_logit_bias> biases = [.. (bias ?? ReadOnlyDictionary<int, float>.Empty).Select(b => new llama_logit_bias { token = b.Key, bias = Bounded(b.Value) })];
        foreach (int token in suppressed)
        {
            biases.Add(new llama_logit_bias { token = token, bias = float.NegativeInfinity });
        }

        if (biases.Count > 0)
        {
            fixed (llama_logit_bias* first = CollectionsMarshal.AsSpan(biases))
            {
                _chain.Add(LlamaApi.llama_sampler_init_logit_bias(_vocabulary.Count, biases.Count, first));
            }
        }
    }
}
