namespace LocalLlm;

/// <summary>No model file is where the caller said.</summary>
public sealed class ModelNotFoundException : LocalLlmException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">The path that was asked for.</param>
    /// <param name="message">What was found there instead, and what to do.</param>
    public ModelNotFoundException(string path, string message)
        : base(message) => Path = path;

    /// <summary>The path that was asked for.</summary>
    public string Path { get; }
}
