using BenchmarkDotNet.Attributes;

namespace LocalLlm.Benchmarks;

/// <summary>From a file to a model that answers, on the guide model: the fixed costs of every load.</summary>
[MemoryDiagnoser]
public class LoadBenchmarks
{
    [Benchmark]
    public int OpenAndValidate()
    {
        using GgufFile file = GgufFile.Open(GuideModel.Path);
        return file.Validate().Count;
    }

    [Benchmark]
    public int LoadAndDispose()
    {
        using LocalModel model = LocalModel.Load(GuideModel.Path, new LoadOptions { Placement = PlacementStrategy.CpuOnly, ContextLength = 512 });
        return model.Info.ContextLength;
    }
}
