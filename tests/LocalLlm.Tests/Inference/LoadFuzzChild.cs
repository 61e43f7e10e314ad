using System.Globalization;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Inference;

/// <summary>Runs in a process of its own, which must live.</summary>
public sealed class LoadFuzzChild
{
    private static readonly GenerationOptions EightTokens = new() { Temperature = 0, MaxOutputTokens = 8 };

    [Fact(Explicit = true)]
    public void Loads_damaged_files()
    {
        int count = Number("LOCALLLM_FUZZ_COUNT");
        int seed = Number("LOCALLLM_FUZZ_SEED");
        string folder = Environment.GetEnvironmentVariable("LOCALLLM_FUZZ_FOLDER")!;
        using TestFolder models = new();
        byte[][] sources = [File.ReadAllBytes(GuideModel.Path), .. TinyModels.All.Select(a => File.ReadAllBytes(TinyModels.Write(models, a)))];
        int[][] fields = [.. sources.Select(Mutation.Fields)];
        string damaged = Path.Combine(folder, "damaged.gguf");
        int loaded = 0;
        for (int i = 0; i < count; i++)
        {
            Random random = new(unchecked((seed * 31) + i));
            int source = i % sources.Length;
            Mutation mutation = new(
                (MutationKind)random.Next(Enum.GetValues<MutationKind>().Length), random.Next(), random.Next(), random.Next(1, 65), random.Next());
            File.WriteAllText(Path.Combine(folder, "case.txt"), $"case {i}, source {source}, {mutation}");
            File.WriteAllBytes(damaged, mutation.Apply([.. sources[source]], fields[source], sources[random.Next(sources.Length)]));
            loaded += TryLoad(damaged) ? 1 : 0;
        }

        // Much of a file is weights and text that may be anything: if nothing loads, the test tests nothing.
        Assert.InRange(loaded, count / 20, count);
    }

    private static bool TryLoad(string path)
    {
        try
        {
            using LocalModel model = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = 64 });
            model.Generate("Once upon a time", EightTokens);
            return true;
        }
        catch (Exception refused) when (refused is LocalLlmException or ArgumentException)
        {
            return false;
        }
    }

    private static int Number(string variable) => int.Parse(Environment.GetEnvironmentVariable(variable)!, CultureInfo.InvariantCulture);
}
