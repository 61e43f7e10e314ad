using BenchmarkDotNet.Attributes;

namespace LocalLlm.Benchmarks;

/// <summary>64 greedy tokens of the guide model, whole and streamed: what the facade allocates around them.</summary>
[MemoryDiagnoser]
public class GenerateBenchmarks
{
    private const int Tokens = 64;
    private static readonly GenerationOptions Options = new() { Temperature = 0, MaxOutputTokens = Tokens };

    private LocalModel _model = null!;

    [GlobalSetup]
    public void Load() => _model = LocalModel.Load(GuideModel.Path, new LoadOptions { Placement = PlacementStrategy.CpuOnly, ContextLength = 512 });

    [GlobalCleanup]
    public void Dispose() => _model.Dispose();

    [Benchmark(OperationsPerInvoke = Tokens)]
    public string Generate() => _model.Generate("Once upon a time", Options).Text;

    [Benchmark(OperationsPerInvoke = Tokens)]
    public async Task<int> Stream()
    {
        int length = 0;
        await foreach (string text in _model.GenerateStreamingAsync("Once upon a time", Options))
        {
            length += text.Length;
        }

        return length;
    }
}
