using System.Text.Json.Serialization;

namespace LocalLlm.Cli;

/// <summary>What 'localllm perplexity --json' writes.</summary>
internal sealed record PerplexityJson(
    double Perplexity, double StandardError, int Tokens, int Chunks,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] KlDivergenceJson? KlDivergence)
{
    internal static PerplexityJson Of(PerplexityResult result) => new(result.Perplexity, result.StandardError, result.Tokens, result.Chunks, KlDivergence: null);

    internal static PerplexityJson Of(KlDivergenceResult result) => Of(result.Perplexity) with { KlDivergence = KlDivergenceJson.Of(result) };
}

/// <summary>Rates and differences are from 0 to 1.</summary>
internal sealed record KlDivergenceJson(
    double Mean, double StandardError, double Median, double Percentile99, double Maximum, double SameTopRate, double RmsProbabilityDifference,
    double ReferencePerplexity, double ReferenceStandardError)
{
    internal static KlDivergenceJson Of(KlDivergenceResult result) => new(
        result.Mean, result.StandardError, result.Median, result.Percentile99, result.Maximum, result.SameTopRate, result.RmsProbabilityDifference,
        result.ReferencePerplexity.Perplexity, result.ReferencePerplexity.StandardError);
}
