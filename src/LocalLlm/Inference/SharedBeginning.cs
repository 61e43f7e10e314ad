namespace LocalLlm.Inference;

/// <summary>
/// How far a prompt begins with what a sequence holds. Compared is text, not tokens: what a model generated is often
/// not split as the tokenizer splits the same text. Markup, as control tokens, equals only itself: a message may spell it.
/// </summary>
/// <param name="Held">How many of the sequence's tokens are the beginning.</param>
/// <param name="Prompt">How many of the prompt's tokens are the same text.</param>
internal readonly record struct SharedBeginning(int Held, int Prompt)
{
    private const int LongestPiece = 512;

    /// <summary>The beginning where tokens are equal.</summary>
    internal static SharedBeginning OfTokens(ReadOnlySpan<int> held, ReadOnlySpan<int> prompt)
    {
        int length = held.CommonPrefixLength(prompt);
        return new SharedBeginning(length, length);
    }

    /// <summary>The beginning where text is equal, up to a place where a token ends on both sides.</summary>
    internal static SharedBeginning OfText(ReadOnlySpan<int> held, ReadOnlySpan<int> prompt, Vocabulary vocabulary)
    {
        SharedBeginning shared = OfTokens(held, prompt);
        while (shared.Held < held.Length && shared.Prompt < prompt.Length &&
               NextCommonEnd(held[shared.Held..], prompt[shared.Prompt..], vocabulary) is { } next)
        {
            shared = new SharedBeginning(shared.Held + next.Held, shared.Prompt + next.Prompt);
            SharedBeginning equal = OfTokens(held[shared.Held..], prompt[shared.Prompt..]);
            shared = new SharedBeginning(shared.Held + equal.Held, shared.Prompt + equal.Prompt);
        }

        return shared;
    }

    /// <summary>The next place where a token ends on both sides, with equal text up to there.</summary>
    private static SharedBeginning? NextCommonEnd(ReadOnlySpan<int> held, ReadOnlySpan<int> prompt, Vocabulary vocabulary)
    {
        Span<byte> heldBuffer = stackalloc byte[LongestPiece];
        Span<byte> promptBuffer = stackalloc byte[LongestPiece];
        Span<byte> heldText = heldBuffer[..0];
        Span<byte> promptText = promptBuffer[..0];
        int heldCount = 0;
        int promptCount = 0;
        do
        {
            if (heldText.IsEmpty)
            {
                heldText = heldBuffer[..CopyText(held, heldCount++, heldBuffer, vocabulary)];
            }

            if (promptText.IsEmpty)
            {
                promptText = promptBuffer[..CopyText(prompt, promptCount++, promptBuffer, vocabulary)];
            }

            if (heldText.IsEmpty || promptText.IsEmpty)
            {
                return null;
            }

            int common = Math.Min(heldText.Length, promptText.Length);
            if (!heldText[..common].SequenceEqual(promptText[..common]))
            {
                return null;
            }

            heldText = heldText[common..];
            promptText = promptText[common..];
        }
        while (!heldText.IsEmpty || !promptText.IsEmpty);

        return new SharedBeginning(heldCount, promptCount);
    }

    // Nothing at the end, and of markup.
    private static int CopyText(ReadOnlySpan<int> tokens, int index, Span<byte> buffer, Vocabulary vocabulary) =>
        index < tokens.Length && !vocabulary.AddedTokens.IsMarkup(tokens[index]) ? Math.Max(0, vocabulary.CopyPiece(tokens[index], buffer)) : 0;
}
