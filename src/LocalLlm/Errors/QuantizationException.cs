namespace LocalLlm;

/// <summary>A variant of a model can't be made, or is not worth making.</summary>
public sealed class QuantizationException : LocalLlmException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What stands in the way, and what to do.</param>
    /// <param name="innerException">The cause, or null.</param>
    public QuantizationException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
