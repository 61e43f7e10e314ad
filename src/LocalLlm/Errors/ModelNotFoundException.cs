namespace LocalLlm;

/// <summary>A model file, or a part of a split model, is not where it was looked for.</summary>
public sealed class ModelNotFoundException : LocalLlmException
{
    /// <summary>Creates an exception with a general message.</summary>
    public ModelNotFoundException()
    {
    }

    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">What is missing.</param>
    public ModelNotFoundException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with a message and its cause.</summary>
    /// <param name="message">What is missing.</param>
    /// <param name="innerException">The cause, or null.</param>
    public ModelNotFoundException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates an exception that names the missing path.</summary>
    /// <param name="message">What is missing.</param>
    /// <param name="path">The path that was looked for.</param>
    /// <param name="innerException">The cause, or null.</param>
    public ModelNotFoundException(string? message, string path, Exception? innerException = null)
        : base(message, innerException) => Path = path;

    /// <summary>The path (or address) that was looked for; of a split model, its first missing part. Empty when not known.</summary>
    public string Path { get; } = string.Empty;
}
