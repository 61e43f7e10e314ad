namespace LocalLlm;

/// <summary>Base of every exception that this library throws for a fault that is not a wrong argument.</summary>
public class LocalLlmException : Exception
{
    /// <summary>Creates an exception with a general message.</summary>
    public LocalLlmException()
    {
    }

    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">What failed.</param>
    public LocalLlmException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with a message and its cause.</summary>
    /// <param name="message">What failed.</param>
    /// <param name="innerException">The cause, or null.</param>
    public LocalLlmException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
