using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace LocalLlm.Cli;

internal sealed class BenchCommand : Command
{
    private readonly ModelOptions _model;
    private readonly NumberOption<int> _promptTokens = new("--prompt-tokens", "N", "Tokens of a prompt whose reading is measured. Default 512.");
    private readonly NumberOption<int> _genTokens = new("--gen-tokens", "N", "Tokens whose generation is measured. Default 128.");
    private readonly NumberOption<int> _repeat = new("--repeat", "N", "Measurements of each, after one that does not count. Default 5.");
    private readonly NumberOption<int> _parallel = new("--parallel", "N", "Calls at a time; their tokens are added up. Default 1.");
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON object: the medians prefillTokensPerSecond and decodeTokensPerSecond, all runs, and what was measured." };

    internal BenchCommand() : base("bench", "Measures how fast a model reads a prompt and generates, as llama-bench does: random tokens, greedy, in an empty context.")
    {
        _model = new ModelOptions(this, hasContext: false);
        Add(_promptTokens);
        Add(_genTokens);
        Add(_repeat);
        Add(_parallel);
        Add(_json);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        int promptTokens = AtLeast(1, _promptTokens, 512);
        int genTokens = AtLeast(1, _genTokens, 128);
        int repeat = AtLeast(1, _repeat, 5);
        int parallel = AtLeast(1, _parallel, 1);
        using Interrupt interrupt = new();
        IReadOnlyList<double> prefill;
        // A context for each, with room for what is measured and no more: the cache is as empty as in a new process.
        await using (LocalModel model = await LoadAsync(promptTokens + 1))
        {
            prefill = await new Bench(model, parallel, interrupt.Token).PrefillAsync(promptTokens, repeat);
        }
        await using LocalModel decoding = await LoadAsync(genTokens + 2);
        IReadOnlyList<double> decode = await new Bench(decoding, parallel, interrupt.Token).DecodeAsync(genTokens, repeat);
        BenchJson result = new(decoding.Info.Name, decoding.Info.FileType, promptTokens, genTokens, parallel, prefill, decode);
        Write(result, parsed.GetValue(_json));
        return ExitCode.Success;

        Task<LocalModel> LoadAsync(int contextLength) =>
            _model.LoadAsync(parsed, _model.Options(parsed) with { ContextLength = contextLength, Sequences = parallel }, interrupt.Token);

        int AtLeast(int least, NumberOption<int> option, int otherwise) =>
            parsed.GetValue(option) is not { } value ? otherwise
            : value >= least ? value
            : throw new ArgumentException($"{option.Name} is at least {least}, not {value}.");
    }

    private static void Write(BenchJson result, bool asJson)
    {
        if (asJson)
        {
            Json.Write(result, Json.Default.BenchJson);
            return;
        }
        Table table = new Table().AddColumns("what", "tokens", "median, tokens/s", "lowest", "highest");
        AddRow("prefill", result.PromptTokens, result.PrefillRuns);
        AddRow("decode", result.GenTokens, result.DecodeRuns);
        string calls = result.Parallel == 1 ? "" : $", {result.Parallel} calls at a time";
        Console.WriteLine($"{result.Model} ({result.FileType}){calls}");
        Screen.Output.Write(table);

        void AddRow(string what, int tokens, IReadOnlyList<double> runs) => table.AddRow(
            what, $"{tokens}", Rate(Bench.Median(runs)), Rate(runs.Min()), Rate(runs.Max()));

        static string Rate(double tokensPerSecond) => tokensPerSecond.ToString("0.0", CultureInfo.InvariantCulture);
    }
}
