namespace LocalLlm;

/// <summary>A chat template could not be applied to the messages.</summary>
public sealed class ChatTemplateException : LocalLlmException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What failed and what to do.</param>
    public ChatTemplateException(string message)
        : base(message)
    {
    }
}
