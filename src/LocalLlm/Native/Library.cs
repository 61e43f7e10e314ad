namespace LocalLlm.Native;

/// <summary>The logical names under which the bindings import; <see cref="NativeRuntime"/> resolves them to the files that it loaded.</summary>
internal static class Library
{
    internal const string GgmlBase = "ggml-base";
    internal const string Ggml = "ggml";
    internal const string Llama = "llama";
}
