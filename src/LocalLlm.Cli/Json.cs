using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace LocalLlm.Cli;

/// <summary>The JSON that commands write: for programs, so its names are kept.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(GenerateJson))]
[JsonSerializable(typeof(HardwareJson))]
[JsonSerializable(typeof(InspectJson))]
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

internal sealed record TokenizeJson(int Count, IReadOnlyList<TokenJson> Tokens);

internal sealed record TokenJson(int Id, string Text);

internal sealed record HardwareJson(string Release, string Directory, IReadOnlyList<DeviceJson> Devices, IReadOnlyList<FailureJson> Failures)
{
    internal static HardwareJson Of(NativeRuntime runtime) => new(
        runtime.Release, runtime.Directory,
        [.. runtime.Devices.Select(d => new DeviceJson(d.Name, d.Description, d.Backend, d.Type.ToString(), d.FreeBytes, d.TotalBytes, d.Id))],
        [.. runtime.Failures.Select(f => new FailureJson(f.Path, f.Reason))]);
}

internal sealed record DeviceJson(string Name, string Description, string Backend, string Type, long FreeBytes, long TotalBytes, string? Id);

internal sealed record FailureJson(string Path, string Reason);
