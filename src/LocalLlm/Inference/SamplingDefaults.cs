namespace LocalLlm.Inference;

/// <summary>What is sampled with where the caller says nothing: the model file's own recommendation (general.sampling.*), else llama.cpp's values.</summary>
internal sealed record SamplingDefaults(float Temperature, int TopK, float TopP, float MinP)
{
    internal static SamplingDefaults Of(GgufMetadata metadata)
    {
        return new SamplingDefaults(
            (float)Recommended("temp", 0, float.MaxValue, otherwise: 0.8),
            (int)Recommended("top_k", 0, int.MaxValue, otherwise: 40),
            (float)Recommended("top_p", 0, 1, otherwise: 0.95),
            (float)Recommended("min_p", 0, 1, otherwise: 0.05));

        // A recommendation outside the valid range is none.
        double Recommended(string key, double min, double max, double otherwise) =>
            metadata.TryGetNumber($"general.sampling.{key}", out double value) && value >= min && value <= max ? value : otherwise;
    }
}
