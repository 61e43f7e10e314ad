namespace LocalLlm;

/// <summary>A GBNF grammar is not valid, no token of the model fits it, or it is too ambiguous for the text.</summary>
public sealed class GrammarException : LocalLlmException
{
    /// <summary>Creates an error that has no place in the grammar's text.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    public GrammarException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an error at a place of the grammar's text.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="line">The line, from 1.</param>
    /// <param name="column">The character in the line, from 1.</param>
    public GrammarException(string message, int line, int column)
        : base($"The grammar is not valid at line {line}, column {column}: {message}")
    {
        Line = line;
        Column = column;
    }

    /// <summary>The line of the grammar's text, from 1; null where the error has no place.</summary>
    public int? Line { get; }

    /// <summary>The character in that line, from 1; null where the error has no place.</summary>
    public int? Column { get; }
}
