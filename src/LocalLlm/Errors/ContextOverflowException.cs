namespace LocalLlm;

/// <summary>A prompt does not fit into the model's context with room for at least one token of answer.</summary>
public sealed class ContextOverflowException : LocalLlmException
{
    /// <summary>Creates the error.</summary>
    /// <param name="promptTokens">The length of the prompt, in tokens.</param>
    /// <param name="contextLength">The context of one conversation, in tokens.</param>
    public ContextOverflowException(int promptTokens, int contextLength)
        : base($"The prompt has {promptTokens} tokens, but the context holds {contextLength} tokens and the answer needs at least one of them. Shorten the prompt, or load the model with a larger {nameof(LoadOptions.ContextLength)}.")
    {
        PromptTokens = promptTokens;
        ContextLength = contextLength;
    }

    /// <summary>The length of the prompt, in tokens.</summary>
    public int PromptTokens { get; }

    /// <summary>The context of one conversation, in tokens.</summary>
    public int ContextLength { get; }
}
