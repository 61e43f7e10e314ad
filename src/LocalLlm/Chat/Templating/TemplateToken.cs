namespace LocalLlm.Chat.Templating;

/// <summary>A piece of a template's source.</summary>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, string Text, SourcePosition Position)
{
    internal bool Is(string text) => Kind is TemplateTokenKind.Name or TemplateTokenKind.Operator && Text == text;
}
