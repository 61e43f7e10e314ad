using System.CommandLine;
using System.Globalization;

namespace LocalLlm.Cli;

internal sealed class PerplexityCommand : Command
{
    private readonly Argument<string> _model = new("MODEL") { Description = $"A GGUF file, or '{ModelOptions.Guide}' for the guide model that comes along." };
    private readonly Option<FileInfo> _file = new("--file", "-f") { HelpName = "FILE", Description = "The text, in UTF-8. A line end after its last line does not count.", Required = true };
    private readonly NumberOption<int> _context = new("--context", "N", "Tokens of a chunk; the second half of each is scored. Default 512.");
    private readonly Option<string> _against = new("--against") { HelpName = "REFERENCE", Description = "Also tell the KL divergence from this model, of which MODEL is a variant. Both are loaded." };
    private readonly NumberOption<int> _threads = new("--threads", "N", "CPU threads to compute with.");
    private readonly PlanningOptions _planning;
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON object: perplexity, standardError, tokens, chunks; with --against also klDivergence." };

    internal PerplexityCommand() : base("perplexity", "Measures how well a model predicts a text, as llama-perplexity does: lower is better.")
    {
        Add(_model);
        Add(_file);
        Add(_context);
        Add(_against);
        Add(_threads);
        _planning = new PlanningOptions(this, hasContext: false);
        Add(_json);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using Interrupt interrupt = new();
        string text = await ReadAsync(parsed.GetRequiredValue(_file), interrupt.Token);
        string model = ModelOptions.PathOf(parsed.GetRequiredValue(_model));
        EvaluationOptions options = _planning.Apply(parsed, new EvaluationOptions
        {
            ContextLength = parsed.GetValue(_context),
            Threads = parsed.GetValue(_threads),
            LoggerFactory = Diagnostics.LoggerFactory(parsed),
        });
        PerplexityJson result = parsed.GetValue(_against) is { } reference
            ? PerplexityJson.Of(await EvaluationProgressBar.ShowAsync(progress =>
                KlDivergence.EvaluateAsync(model, ModelOptions.PathOf(reference), text, options, progress, interrupt.Token)))
            : PerplexityJson.Of(await EvaluationProgressBar.ShowAsync(progress => Perplexity.EvaluateAsync(model, text, options, progress, interrupt.Token)));
        Write(result, parsed.GetValue(_json));
        return ExitCode.Success;
    }

    // As llama-perplexity reads it: figures of the same file are of the same tokens.
    private static async Task<string> ReadAsync(FileInfo file, CancellationToken cancellationToken)
    {
        string text = await File.ReadAllTextAsync(file.FullName, cancellationToken);
        return text.EndsWith('\n') ? text[..^1] : text;
    }

    private static void Write(PerplexityJson result, bool asJson)
    {
        if (asJson)
        {
            Json.Write(result, Json.Default.PerplexityJson);
            return;
        }
        Line($"Perplexity     {result.Perplexity:0.0000} ± {result.StandardError:0.0000} ({result.Tokens} tokens, {result.Chunks} chunks)");
        if (result.KlDivergence is { } divergence)
        {
            Line($"  of reference {divergence.ReferencePerplexity:0.0000} ± {divergence.ReferenceStandardError:0.0000}");
            Line($"KL divergence  {divergence.Mean:0.000000} ± {divergence.StandardError:0.000000}");
            Line($"  median       {divergence.Median:0.000000}");
            Line($"  99 %         {divergence.Percentile99:0.000000}");
            Line($"  maximum      {divergence.Maximum:0.000000}");
            Line($"Same top token {divergence.SameTopRate:0.000 %}");
            Line($"RMS Δp         {divergence.RmsProbabilityDifference:0.000 %}");
        }

        static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
    }
}
