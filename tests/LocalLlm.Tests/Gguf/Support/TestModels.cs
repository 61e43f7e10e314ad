namespace LocalLlm.Tests.Gguf;

/// <summary>Files that lie beside the repository; tests of them are skipped where they are absent, and fail where they are required.</summary>
internal static class TestModels
{
    public static string Guide => Require("guide/guide-f16.gguf");

    public static string SmolLm => Require("SmolLM2-135M-Instruct.Q4_1.gguf");

    public static string MiniLm => Require("all-MiniLM-L6-v2.Q8_0.gguf");

    /// <summary>The guide model, or null where it is absent.</summary>
    public static string? GuideOrNull => Find("guide/guide-f16.gguf");

    /// <summary>The vocabulary-only files of the llama.cpp source.</summary>
    public static string[] Vocabularies()
    {
        string? source = Environment.GetEnvironmentVariable("LOCALLLM_LLAMACPP_SOURCE");
        Assert.SkipWhen(string.IsNullOrEmpty(source), "LOCALLLM_LLAMACPP_SOURCE does not name a folder with the llama.cpp source.");
        return Directory.GetFiles(Path.Combine(source!, "models"), "ggml-vocab-*.gguf");
    }

    private static string Require(string name)
    {
        if (Find(name) is string path)
        {
            return path;
        }

        string reason = $"The model {name} is not in ../shared/models.";
        string required = Environment.GetEnvironmentVariable("LOCALLLM_REQUIRE") ?? string.Empty;
        Assert.False(required.Contains("model", StringComparison.Ordinal), reason);
        Assert.Skip(reason);
        return string.Empty;
    }

    private static string? Find(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "LocalLlm.sln")))
            {
                string path = Path.Combine(folder.Parent?.FullName ?? folder.FullName, "shared", "models", name);
                return File.Exists(path) ? path : null;
            }
        }

        return null;
    }
}
