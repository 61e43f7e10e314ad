namespace LocalLlm;

/// <summary>A text has too few tokens to be evaluated in chunks of the length that was asked for.</summary>
public sealed class TextTooShortException : LocalLlmException
{
    /// <summary>Creates the error.</summary>
    /// <param name="tokens">The length of the text, in tokens.</param>
    /// <param name="neededTokens">The least length, in tokens: two chunks.</param>
    public TextTooShortException(int tokens, int neededTokens)
        : base($"The text has {tokens} tokens, but an evaluation needs two chunks, of {neededTokens} tokens together. Take a longer text, or a smaller ContextLength.")
    {
        Tokens = tokens;
        NeededTokens = neededTokens;
    }

    /// <summary>The length of the text, in tokens.</summary>
    public int Tokens { get; }

    /// <summary>The least length, in tokens: two chunks.</summary>
    public int NeededTokens { get; }
}
