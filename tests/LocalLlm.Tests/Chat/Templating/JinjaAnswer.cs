namespace LocalLlm.Tests.Chat.Templating;

/// <summary>One of: a text, a refusal by raise_exception, another error.</summary>
internal sealed record JinjaAnswer(string? Text, string? Refusal, string? Error)
{
    /// <summary>Whether both mean the same; errors have words of their own.</summary>
    internal bool Agrees(JinjaAnswer other) => Text == other.Text && Refusal == other.Refusal && (Error is null) == (other.Error is null);
}
