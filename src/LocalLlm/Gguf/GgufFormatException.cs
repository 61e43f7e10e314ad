namespace LocalLlm;

/// <summary>A file is not GGUF, is damaged, or would not load safely.</summary>
public sealed class GgufFormatException : LocalLlmException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="offset">Where in the file, in bytes from its start, or null when the fault has no one place.</param>
    /// <param name="field">Which part of the format: a metadata key, a tensor's name or a header field; null when unknown.</param>
    /// <param name="innerException">The cause, or null.</param>
    public GgufFormatException(string message, long? offset = null, string? field = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Offset = offset;
        Field = field;
    }

    /// <summary>Where the fault is, in bytes from the start of the file (of a split model: of the part that the message names); null when it has no one place.</summary>
    public long? Offset { get; }

    /// <summary>The metadata key, tensor name or header field at fault; null when unknown.</summary>
    public string? Field { get; }
}
