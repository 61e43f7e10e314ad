namespace LocalLlm.Chat.Templating;

/// <summary>A piece of a template's source.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, Position Position)
{
    internal bool Is(string text) => Kind is TokenKind.Name or TokenKind.Operator && Text == text;
}
