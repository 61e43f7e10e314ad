using System.Diagnostics;

namespace LocalLlm.Benchmarks;

/// <summary>
/// The facade beside the bare loop, and calls beside each other beside the same ones one after the other: in one
/// process, in alternating pairs, by medians, since the machine may be noisy.
/// </summary>
internal sealed class EngineComparison(string path, int pairs) : IDisposable
{
    private const int Prompt = 512;
    private const int Output = 128;
    private const int Callers = 8;

    private static readonly int Threads = Hardware.ProcessorCores.Usable;

    private readonly Random _random = new(0);
    // Contexts for one call of a measurement: what an earlier call left in the KV cache is evicted, as the bare loop clears it.
    private readonly BareLoop _barePrefill = new(path, Prompt + 1, Threads);
    private readonly BareLoop _bareDecode = new(path, Output + 1, Threads);
    private readonly LocalModel _prefill = LocalModel.Load(path, new LoadOptions { Placement = PlacementStrategy.CpuOnly, ContextLength = Prompt + 1, Threads = Threads });
    private readonly LocalModel _decode = LocalModel.Load(path, new LoadOptions { Placement = PlacementStrategy.CpuOnly, ContextLength = Output + 1, Threads = Threads });
    private readonly LocalModel _long = LocalModel.Load(path, new LoadOptions { Placement = PlacementStrategy.CpuOnly, ContextLength = 512, Threads = Threads });
    private readonly LocalModel _shared = LocalModel.Load(path, new LoadOptions { Placement = PlacementStrategy.CpuOnly, ContextLength = 256, Sequences = Callers, Threads = Threads });

    internal static async Task RunAsync(IReadOnlyList<string> models, int pairs)
    {
        Console.WriteLine($"{Threads} threads, {pairs} pairs, medians");
        Console.WriteLine();
        foreach (string model in models)
        {
            using EngineComparison comparison = new(model, pairs);
            await comparison.WriteAsync();
        }
    }

    public void Dispose()
    {
        _barePrefill.Dispose();
        _bareDecode.Dispose();
        _prefill.Dispose();
        _decode.Dispose();
        _long.Dispose();
        _shared.Dispose();
    }

    private async Task WriteAsync()
    {
        Console.WriteLine($"### {_decode.Info.Name} ({_decode.Info.FileType})");
        Console.WriteLine("| | A, tokens/s | B, tokens/s | median of B/A |");
        Console.WriteLine("|---|---:|---:|---:|");
        await WritePairsAsync($"prefill of {Prompt}: A bare loop, B `Generate`", Prompt, Bare(_barePrefill, Prompt, 1), Facade(_prefill, Prompt, 1));
        await WritePairsAsync($"{Output} tokens: A bare loop, B `Generate`", Output, Bare(_bareDecode, 1, Output), Facade(_decode, 1, Output));
        await WritePairsAsync($"{Output} tokens: A bare loop, B `GenerateStreamingAsync`", Output, Bare(_bareDecode, 1, Output), StreamAsync);
        await WritePairsAsync($"{Callers} × 64 tokens: A one after the other, B at a time", Callers * 64, OneByOneAsync, TogetherAsync);
        Console.WriteLine();
        await WriteAllocationsAsync();
        Console.WriteLine();
    }

    private Func<Task> Bare(BareLoop loop, int prompt, int output) => () =>
    {
        loop.Run(RandomTokens(prompt), output);
        return Task.CompletedTask;
    };

    private Func<Task> Facade(LocalModel model, int prompt, int output) => () =>
    {
        model.Generate(RandomTokens(prompt), Greedy(output));
        return Task.CompletedTask;
    };

    private async Task StreamAsync()
    {
        await foreach (string _ in _decode.GenerateStreamingAsync(RandomTokens(1), Greedy(Output)))
        {
        }
    }

    private async Task OneByOneAsync()
    {
        for (int i = 0; i < Callers; i++)
        {
            await _shared.GenerateAsync(RandomTokens(16), Greedy(64));
        }
    }

    private Task TogetherAsync() =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => _shared.GenerateAsync(RandomTokens(16), Greedy(64))));

    private async Task WritePairsAsync(string what, int tokens, Func<Task> a, Func<Task> b)
    {
        await a();
        await b();
        double[] first = new double[pairs];
        double[] second = new double[pairs];
        for (int i = 0; i < pairs; i++)
        {
            first[i] = tokens / await MeasureAsync(a);
            second[i] = tokens / await MeasureAsync(b);
        }

        double ratio = Median(second.Zip(first, (y, x) => y / x));
        Console.WriteLine(FormattableString.Invariant($"| {what} | {Median(first):0.0} | {Median(second):0.0} | {ratio:0.000} |"));
    }

    // What each further token allocates: the difference of a long and a short call. The token without text is the one
    // that begins the text, forced again and again.
    private async Task WriteAllocationsAsync()
    {
        GenerationOptions silent = Greedy(1) with { LogitBias = new Dictionary<int, float> { [Silent()] = 1e9f } };
        Console.WriteLine("| | bytes per token |");
        Console.WriteLine("|---|---:|");
        await WriteAllocationAsync("a token without text, streamed", silent);
        await WriteAllocationAsync("text, streamed by `GenerateStreamingAsync`", Greedy(1));
    }

    private async Task WriteAllocationAsync(string what, GenerationOptions options)
    {
        const int few = 50;
        const int many = 450;
        int[] prompt = RandomTokens(1);
        List<double> slopes = [];
        for (int i = 0; i < 5; i++)
        {
            slopes.Add((double)(await AllocatedAsync(prompt, options, many) - await AllocatedAsync(prompt, options, few)) / (many - few));
        }

        Console.WriteLine(FormattableString.Invariant($"| {what} | {Median(slopes):0.0} |"));
    }

    private async Task<long> AllocatedAsync(int[] prompt, GenerationOptions options, int tokens)
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await foreach (string _ in _long.GenerateStreamingAsync(prompt, options with { MaxOutputTokens = tokens }))
        {
        }

        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }

    // A control token: it has no text.
    private int Silent() => Enumerable.Range(0, _decode.Info.VocabularySize).First(t => _decode.Detokenize([t]).Length == 0);

    private int[] RandomTokens(int count) => [.. Enumerable.Range(0, count).Select(_ => _random.Next(_decode.Info.VocabularySize))];

    private static GenerationOptions Greedy(int tokens) => new() { Temperature = 0, MaxOutputTokens = tokens, IgnoreEndOfGeneration = true };

    private static async Task<double> MeasureAsync(Func<Task> run)
    {
        long start = Stopwatch.GetTimestamp();
        await run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
