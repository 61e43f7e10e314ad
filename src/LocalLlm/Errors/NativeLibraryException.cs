namespace LocalLlm;

/// <summary>llama.cpp's native libraries are missing, can't be loaded here, or are of a version that these bindings do not know.</summary>
public sealed class NativeLibraryException : LocalLlmException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What failed and what to do.</param>
    /// <param name="triedPaths">Every path that was tried, in order.</param>
    /// <param name="innerException">The loader's own error, if there is one.</param>
    public NativeLibraryException(string message, IReadOnlyList<string>? triedPaths = null, Exception? innerException = null)
        : base(triedPaths is { Count: > 0 } ? $"{message} Tried: {string.Join("; ", triedPaths)}" : message, innerException)
        => TriedPaths = triedPaths ?? [];

    /// <summary>Every path that was tried, in order.</summary>
    public IReadOnlyList<string> TriedPaths { get; }
}
