namespace LocalLlm;

/// <summary>A chat template is not valid, or could not be applied to the messages.</summary>
public sealed class ChatTemplateException : LocalLlmException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What failed and what to do.</param>
    public ChatTemplateException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an error at a place of the template.</summary>
    /// <param name="message">What failed and what to do.</param>
    /// <param name="line">The line, from 1.</param>
    /// <param name="column">The character in the line, from 1.</param>
    public ChatTemplateException(string message, int line, int column)
        : base($"The chat template failed at line {line}, column {column}: {message}")
    {
        Line = line;
        Column = column;
    }

    /// <summary>The line of the template, from 1; null where the error has no place.</summary>
    public int? Line { get; }

    /// <summary>The character in that line, from 1; null where the error has no place.</summary>
    public int? Column { get; }

    /// <summary>The template's own words, where it refuses the messages by raise_exception; otherwise null.</summary>
    internal string? Refusal { get; init; }
}
