namespace LocalLlm.Tests;

/// <summary>The source of the pinned llama.cpp, which `.ci/llama-source` fetches.</summary>
internal static class LlamaSource
{
    /// <summary>Its folder; skips the test where it is absent.</summary>
    internal static string Folder
    {
        get
        {
            string source = Environment.GetEnvironmentVariable("LOCALLLM_LLAMACPP_SOURCE") ?? "";
            Requirement.Meet("source", source.Length > 0, "LOCALLLM_LLAMACPP_SOURCE does not name a folder with the llama.cpp source.");
            return source;
        }
    }
}
