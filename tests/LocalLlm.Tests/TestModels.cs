namespace LocalLlm.Tests;

/// <summary>The models that tests use: the guide model is always there, the others lie beside the repository or are skipped.</summary>
internal static class TestModels
{
    internal static string Guide => GuideModel.Path;

    internal static string SmolLm2 => Beside("SmolLM2-135M-Instruct.Q4_1.gguf");

    internal static string MiniLm => Beside("all-MiniLM-L6-v2.Q8_0.gguf");

    /// <summary>No GPU: tests see two software ones, slow and with other last bits.</summary>
    internal static LoadOptions OnCpu { get; } = new() { Placement = PlacementStrategy.CpuOnly };

    /// <summary>Loads the guide model with a small context.</summary>
    internal static LocalModel LoadGuide(int contextLength = 512, int sequences = 1, int? threads = null) =>
        LocalModel.Load(Guide, OnCpu with { ContextLength = contextLength, Sequences = sequences, Threads = threads });

    private static string Beside(string file)
    {
        string path = RepositoryFolder.File($"../shared/models/{file}");
        Requirement.Meet("model", File.Exists(path), $"{file} is not in ../shared/models.");
        return path;
    }
}
