using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;

namespace LocalLlm.Benchmarks;

/// <summary>
/// A streamed answer of 64 greedy tokens of the guide model: plain; with two functions offered, so that the reply is parsed and kept to
/// a grammar that allows any text or calls; and as JSON of a schema, where every token must fit.
/// </summary>
[MemoryDiagnoser]
public class ChatBenchmarks
{
    private const int Tokens = 64;
    private const string Question = "Describe the life of a token in all detail.";

    private static readonly ChatOptions Plain = new() { Temperature = 0, MaxOutputTokens = Tokens };
    private static readonly ChatOptions Tools = new() { Temperature = 0, MaxOutputTokens = Tokens, Tools = [Function("get_weather"), Function("get_time")] };
    private static readonly ChatOptions Schema = new()
    {
        Temperature = 0,
        MaxOutputTokens = Tokens,
        ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse(
            """{"type":"object","properties":{"words":{"type":"array","items":{"type":"string","minLength":3,"maxLength":12},"minItems":40}},"required":["words"]}""")),
    };

    private LocalModel _model = null!;

    [GlobalSetup]
    public void Load() => _model = LocalModel.Load(GuideModel.Path, new LoadOptions { Placement = PlacementStrategy.CpuOnly, ContextLength = 1024 });

    [GlobalCleanup]
    public void Dispose() => _model.Dispose();

    [Benchmark(Baseline = true, OperationsPerInvoke = Tokens)]
    public Task<int> Text() => StreamAsync(Plain);

    [Benchmark(OperationsPerInvoke = Tokens)]
    public Task<int> ToolsOffered() => StreamAsync(Tools);

    [Benchmark(OperationsPerInvoke = Tokens)]
    public Task<int> JsonSchema() => StreamAsync(Schema);

    private static AIFunctionDeclaration Function(string name) => AIFunctionFactory.CreateDeclaration(
        name, "Tells what there is in a city.", JsonElement.Parse("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"""));

    private async Task<int> StreamAsync(ChatOptions options)
    {
        int length = 0;
        await foreach (ChatResponseUpdate update in _model.ChatStreamingAsync(Question, options))
        {
            length += update.Text.Length;
        }

        return length;
    }
}
