using System.Diagnostics;
using System.Globalization;

namespace LocalLlm.Benchmarks;

/// <summary>
/// What each type of a model costs and loses: size, perplexity, divergence from the model of 16 bits, speed, and the memory of a process
/// that has it loaded. Each type runs in a process of its own.
/// </summary>
internal static class QualityTable
{
    /// <summary>The command that a child is started with.</summary>
    internal const string Child = "quality-of";

    private const int ChunkLength = 256;

    private static readonly ModelFileType[] Types =
    [
        ModelFileType.F16, ModelFileType.Q8_0, ModelFileType.Q6_K, ModelFileType.Q5_K_M, ModelFileType.Q4_K_M,
        ModelFileType.Q4_0, ModelFileType.Q3_K_M, ModelFileType.Q2_K,
    ];

    /// <summary>Writes the table of a model.</summary>
    /// <param name="model">Its file. One that is quantized already is first turned into 16 bits: then nothing is better than that.</param>
    /// <param name="textFile">The text that is read.</param>
    internal static async Task RunAsync(string model, string textFile)
    {
        string folder = Directory.CreateTempSubdirectory("localllm-quality-").FullName;
        try
        {
            QuantizationOptions anything = new() { AllowMoreBits = true, AllowRequantize = true };
            string reference = (await ModelQuantizer.QuantizeAsync(model, Path.Combine(folder, "F16.gguf"), QuantizationPreset.Of(ModelFileType.F16), anything)).Path;
            Console.WriteLine("| type | preset | MiB | bits/weight | perplexity | ± | KL divergence | same top token | prefill, tokens/s | decode, tokens/s | resident, MiB |");
            Console.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
            foreach (ModelFileType type in Types)
            {
                string path = Path.Combine(folder, $"{type}.gguf");
                if (type != ModelFileType.F16)
                {
                    await ModelQuantizer.QuantizeAsync(reference, path, QuantizationPreset.Of(type), anything);
                }

                Console.WriteLine(await RowAsync(type, path, reference, textFile));
                if (type != ModelFileType.F16)
                {
                    File.Delete(path);
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The child: loads a model, generates, and writes speeds and memory.</summary>
    internal static async Task MeasureAsync(string path)
    {
        await using LocalModel model = await LocalModel.LoadAsync(path, new LoadOptions { ContextLength = 1024, Placement = PlacementStrategy.CpuOnly });
        string prompt = string.Join(' ', Enumerable.Repeat("The quick brown fox jumps over the lazy dog.", 40));
        List<double> prefill = [];
        List<double> decode = [];
        for (int i = 0; i < 5; i++)
        {
            // Another beginning each time: nothing is reused.
            GenerateReply reply = await model.GenerateAsync($"{i} {prompt}", new GenerationOptions { MaxOutputTokens = 64, Temperature = 0, IgnoreEndOfGeneration = true });
            prefill.Add(reply.Timings.PrefillTokensPerSecond);
            decode.Add(reply.Timings.DecodeTokensPerSecond);
        }

        string resident = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{prefill.Order().ElementAt(2)} {decode.Order().ElementAt(2)} {resident}"));
    }

    private static async Task<string> RowAsync(ModelFileType type, string path, string reference, string textFile)
    {
        EvaluationOptions options = new() { ContextLength = ChunkLength, Placement = PlacementStrategy.CpuOnly };
        KlDivergenceResult quality = await KlDivergence.EvaluateAsync(path, reference, await File.ReadAllTextAsync(textFile), options);
        using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [Child, path]) { RedirectStandardOutput = true })!;
        string[] measured = (await child.StandardOutput.ReadToEndAsync()).Trim().Split(' ');
        await child.WaitForExitAsync();
        double prefill = double.Parse(measured[0], CultureInfo.InvariantCulture);
        double decode = double.Parse(measured[1], CultureInfo.InvariantCulture);
        double resident = double.Parse(measured[2], CultureInfo.InvariantCulture) / 1024;
        double bits;
        using (GgufFile file = GgufFile.Open(path))
        {
            bits = file.Summarize().BitsPerParameter;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {type} | {type.Preset()?.ToString() ?? "–"} | {new FileInfo(path).Length / 1048576.0:0.0} | {bits:0.00} | {quality.Perplexity.Perplexity:0.000} | {quality.Perplexity.StandardError:0.000} | {quality.Mean:0.0000} | {quality.SameTopRate * 100:0.0} % | {prefill:0} | {decode:0} | {resident:0} |");
    }
}
