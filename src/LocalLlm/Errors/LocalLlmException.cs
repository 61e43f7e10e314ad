namespace LocalLlm;

/// <summary>The base of every error that LocalLlm reports about models, native libraries, memory and generation.</summary>
/// <remarks>Wrong arguments and option values are reported by the <see cref="ArgumentException"/> family instead, at the call.</remarks>
public class LocalLlmException : Exception
{
    /// <summary>Creates an error without a message of its own.</summary>
    public LocalLlmException()
    {
    }

    /// <summary>Creates an error.</summary>
    /// <param name="message">What happened, where, and what to do.</param>
    public LocalLlmException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an error that has a cause.</summary>
    /// <param name="message">What happened, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public LocalLlmException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
