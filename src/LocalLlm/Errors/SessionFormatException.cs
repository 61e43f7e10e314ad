namespace LocalLlm;

/// <summary>A saved session can't be read: it is none, it is damaged or cut off, or a newer version of LocalLlm wrote it.</summary>
public sealed class SessionFormatException : LocalLlmException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="innerException">The cause; null: nothing below failed.</param>
    public SessionFormatException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
