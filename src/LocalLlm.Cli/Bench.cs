namespace LocalLlm.Cli;

/// <summary>Measures a model with prompts of random tokens, so that nothing is in the KV cache already.</summary>
internal sealed class Bench(LocalModel model, int parallel, CancellationToken cancellationToken)
{
    // Equal prompts in every process: mixtures of experts are faster with some tokens than with others.
    private readonly Random _random = new(0);

    /// <summary>Tokens per second from the call to the first token of the answer, of each run.</summary>
    internal Task<IReadOnlyList<double>> PrefillAsync(int tokens, int repeat) => RepeatAsync(repeat, async () =>
    {
        Timings[] calls = await CallAsync(tokens, outputTokens: 1);
        return calls.Sum(t => t.PromptTokens - t.CachedTokens) / calls.Max(t => t.TimeToFirstToken).TotalSeconds;
    });

    /// <summary>Tokens per second after the first one, of each run.</summary>
    internal Task<IReadOnlyList<double>> DecodeAsync(int tokens, int repeat) => RepeatAsync(repeat, async () =>
    {
        Timings[] calls = await CallAsync(promptTokens: 1, tokens + 1);
        return calls.Sum(t => t.GeneratedTokens - 1) / calls.Max(t => t.Decode).TotalSeconds;
    });

    internal static double Median(IReadOnlyList<double> runs)
    {
        double[] sorted = [.. runs.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static async Task<IReadOnlyList<double>> RepeatAsync(int repeat, Func<Task<double>> measureAsync)
    {
        await measureAsync();
        List<double> runs = [];
        for (int i = 0; i < repeat; i++)
        {
            runs.Add(await measureAsync());
        }
        return runs;
    }

    private async Task<Timings[]> CallAsync(int promptTokens, int outputTokens)
    {
        GenerationOptions options = new() { Temperature = 0, MaxOutputTokens = outputTokens, IgnoreEndOfGeneration = true };
        GenerateReply[] replies = await Task.WhenAll(Enumerable.Range(0, parallel).Select(_ => model.GenerateAsync(Prompt(promptTokens), options, cancellationToken)));
        return [.. replies.Select(r => r.Timings)];
    }

    private int[] Prompt(int tokens) => [.. Enumerable.Range(0, tokens).Select(_ => _random.Next(model.Info.VocabularySize))];
}
