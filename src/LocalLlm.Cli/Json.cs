using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace LocalLlm.Cli;

/// <summary>The JSON that commands write: for programs, so its names are kept.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BenchJson))]
[JsonSerializable(typeof(GenerateJson))]
[JsonSerializable(typeof(HardwareJson))]
[JsonSerializable(typeof(InspectJson))]
[JsonSerializable(typeof(IReadOnlyList<ModelJson>))]
[JsonSerializable(typeof(ModelJson))]
[JsonSerializable(typeof(PerplexityJson))]
[JsonSerializable(typeof(PresetsJson))]
[JsonSerializable(typeof(TokenizeJson))]
internal sealed partial class Json : JsonSerializerContext
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static void Write<T>(T value, JsonTypeInfo<T> type)
    {
        using (Stream output = Console.OpenStandardOutput())
        using (Utf8JsonWriter writer = new(output, Readable))
        {
            JsonSerializer.Serialize(writer, value, type);
        }
        Console.WriteLine();
    }
}

internal sealed record GenerateJson(
    string Text, IReadOnlyList<int> TokenIds, int PromptTokens, string FinishReason, TimingsJson Timings,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<LogprobJson>? Logprobs)
{
    internal static GenerateJson Of(GenerateReply reply) => new(
        reply.Text, reply.TokenIds, reply.Timings.PromptTokens, reply.FinishReason.Value, TimingsJson.Of(reply.Timings),
        reply.TokenLogProbabilities?.Select(LogprobJson.Of).ToList());
}

internal sealed record LogprobJson(
    int Id, string Token, double Logprob, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<LogprobJson>? TopLogprobs)
{
    internal static LogprobJson Of(TokenLogProbability token) => Of(token, [.. token.Alternatives.Select(alternative => Of(alternative, top: null))]);

    private static LogprobJson Of(TokenLogProbability token, IReadOnlyList<LogprobJson>? top) => new(token.TokenId, token.Text, token.LogProbability, top);
}

internal sealed record TimingsJson(
    int PromptTokens, int CachedTokens, int GeneratedTokens,
    double QueuedMs, double PrefillMs, double DecodeMs, double TimeToFirstTokenMs,
    double PrefillTokensPerSecond, double DecodeTokensPerSecond)
{
    internal static TimingsJson Of(Timings t) => new(
        t.PromptTokens, t.CachedTokens, t.GeneratedTokens,
        t.Queued.TotalMilliseconds, t.Prefill.TotalMilliseconds, t.Decode.TotalMilliseconds, t.TimeToFirstToken.TotalMilliseconds,
        t.PrefillTokensPerSecond, t.DecodeTokensPerSecond);
}

internal sealed record ModelJson(string Reference, string? Label, string? Path, long Bytes)
{
    internal static ModelJson Of(ModelVariant variant) => new(variant.Reference.ToString(), variant.Label, variant.LocalPath, variant.Bytes);
}

internal sealed record TokenizeJson(int Count, IReadOnlyList<TokenJson> Tokens);

internal sealed record TokenJson(int Id, string Text);

internal sealed record BenchJson(
    string Model, string FileType, int PromptTokens, int GenTokens, int Parallel, IReadOnlyList<double> PrefillRuns, IReadOnlyList<double> DecodeRuns)
{
    /// <summary>The median of the runs.</summary>
    public double PrefillTokensPerSecond => Bench.Median(PrefillRuns);

    /// <summary>The median of the runs.</summary>
    public double DecodeTokensPerSecond => Bench.Median(DecodeRuns);
}
