namespace LocalLlm.Inference;

/// <summary>What is sampled with where the caller says nothing: the model file's own recommendation (general.sampling.*), else llama.cpp's values.</summary>
internal sealed record SamplingDefaults
{
    internal float Temperature { get; init; } = 0.8f;

    internal int TopK { get; init; } = 40;

    internal float TopP { get; init; } = 0.95f;

    internal float MinP { get; init; } = 0.05f;

    internal float RepetitionPenalty { get; init; } = 1;

    /// <summary>In tokens; -1 for all of the context.</summary>
    internal int PenaltyWindow { get; init; } = 64;

    internal XtcOptions? Xtc { get; init; }

    internal MirostatOptions? Mirostat { get; init; }

    internal static SamplingDefaults Of(GgufMetadata metadata)
    {
        SamplingDefaults builtIn = new();
        return new SamplingDefaults
        {
            Temperature = (float)Recommended("temp", 0, float.MaxValue, builtIn.Temperature),
            TopK = (int)Recommended("top_k", 0, int.MaxValue, builtIn.TopK),
            TopP = (float)Recommended("top_p", 0, 1, builtIn.TopP),
            MinP = (float)Recommended("min_p", 0, 1, builtIn.MinP),
            RepetitionPenalty = (float)Recommended("penalty_repeat", GenerationOptions.LeastRepetitionPenalty, GenerationOptions.MostRepetitionPenalty, builtIn.RepetitionPenalty),
            PenaltyWindow = (int)Recommended("penalty_last_n", -1, int.MaxValue, builtIn.PenaltyWindow),
            // llama.cpp's values for what a file that recommends one of these leaves open.
            Xtc = new XtcOptions
            {
                Probability = (float)Recommended("xtc_probability", 0, 1, otherwise: 0),
                Threshold = (float)Recommended("xtc_threshold", 0, 1, otherwise: 0.1),
            },
            Mirostat = new MirostatOptions
            {
                Version = (int)Recommended("mirostat", 0, 2, otherwise: 0),
                Tau = (float)Recommended("mirostat_tau", 0, 100, otherwise: 5),
                Eta = (float)Recommended("mirostat_eta", 0, 1, otherwise: 0.1),
            },
        };

        // A recommendation outside the valid range is none.
        double Recommended(string key, double min, double max, double otherwise) =>
            metadata.TryGetNumber($"general.sampling.{key}", out double value) && value >= min && value <= max ? value : otherwise;
    }
}
