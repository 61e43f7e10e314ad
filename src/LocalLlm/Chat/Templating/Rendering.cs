namespace LocalLlm.Chat.Templating;

/// <summary>What a template made of a conversation.</summary>
/// <param name="Text">The prompt.</param>
/// <param name="Content">The parts of it that came from content, in order; they do not touch.</param>
internal sealed record Rendering(string Text, IReadOnlyList<(int Start, int Length)> Content);
