namespace LocalLlm;

/// <summary>A file was found, but llama.cpp could not load it, or it is not a model that generates text.</summary>
public sealed class ModelLoadException : LocalLlmException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">The model file.</param>
    /// <param name="message">What failed.</param>
    /// <param name="nativeLog">llama.cpp's own error lines, oldest first.</param>
    public ModelLoadException(string path, string message, IReadOnlyList<string>? nativeLog = null)
        : base(nativeLog is { Count: > 0 } ? $"{message} llama.cpp says: {string.Join(" | ", nativeLog)}" : message)
    {
        Path = path;
        NativeLog = nativeLog ?? [];
    }

    /// <summary>The model file.</summary>
    public string Path { get; }

    /// <summary>The error lines that llama.cpp logged during the load, oldest first; empty where the refusal is LocalLlm's own.</summary>
    public IReadOnlyList<string> NativeLog { get; }
}
