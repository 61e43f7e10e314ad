namespace LocalLlm.Inference;

/// <summary>The text of a grammar, and where in it something stands.</summary>
internal sealed class GrammarSource(string text)
{
    internal string Text { get; } = text;

    /// <summary>The error for a place in the text.</summary>
    internal GrammarException Error(int offset, string message)
    {
        int line = 1;
        int column = 1;
        for (int i = 0; i < offset; i++)
        {
            if (Text[i] == '\n' || (Text[i] == '\r' && (i + 1 == Text.Length || Text[i + 1] != '\n')))
            {
                line++;
                column = 1;
            }
            else if (!char.IsLowSurrogate(Text[i]))
            {
                column++;
            }
        }

        return new GrammarException(message, line, column);
    }
}
