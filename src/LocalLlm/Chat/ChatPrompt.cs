namespace LocalLlm.Chat;

/// <summary>What a template has made of a conversation.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Tokens">Its tokens, which what content spells has no part in.</param>
internal sealed record ChatPrompt(string Text, int[] Tokens);
