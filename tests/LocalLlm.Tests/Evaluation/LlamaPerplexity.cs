using System.Globalization;
using System.Text.RegularExpressions;

namespace LocalLlm.Tests.Evaluation;

/// <summary>What llama-perplexity says of a model and a text.</summary>
internal static partial class LlamaPerplexity
{
    internal static async Task<(double Perplexity, double StandardError, int Chunks)> MeasureAsync(
        string model, string text, int contextLength, params IEnumerable<string> arguments)
    {
        using TemporaryFolder folder = new();
        string file = folder.File("text.txt");
        // It takes a last line end away.
        await File.WriteAllTextAsync(file, text + "\n", TestContext.Current.CancellationToken);
        string output = await LlamaTool.RunAsync(
            "perplexity", ["-m", model, "-f", file, "-c", Text(contextLength), "-t", "1", "-ngl", "0", .. arguments]);
        GroupCollection estimate = Estimate().Match(output).Groups;
        return (Number(estimate[1].Value), Number(estimate[2].Value), (int)Number(ChunkCount().Match(output).Groups[1].Value));
    }

    /// <summary>Compares a model with a reference.</summary>
    internal static async Task<Func<string, double>> CompareAsync(string model, string reference, string text, int contextLength)
    {
        using TemporaryFolder folder = new();
        string logits = folder.File("reference.logits");
        await MeasureAsync(reference, text, contextLength, "--kl-divergence-base", logits);
        string output = await LlamaTool.RunAsync(
            "perplexity", "-m", model, "-c", Text(contextLength), "-t", "1", "-ngl", "0", "--kl-divergence-base", logits, "--kl-divergence");
        return label => Number(Regex.Match(output, $@"{Regex.Escape(label)} *: *([-0-9.]+)").Groups[1].Value);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Final estimate: PPL = ([0-9.]+) \+/- ([0-9.]+)")]
    private static partial Regex Estimate();

    [GeneratedRegex(@"calculating perplexity over ([0-9]+) chunks")]
    private static partial Regex ChunkCount();
}
