namespace LocalLlm.Inference;

/// <summary>What the engine tells a caller in one step: a token, and the text that became certain with it.</summary>
/// <param name="Token">The token; -1 for text that was held back to the end.</param>
/// <param name="Text">The text; null where none is certain yet.</param>
/// <param name="LogProbability">The token's; null where it was not asked for.</param>
internal readonly record struct GeneratedPiece(int Token, string? Text, TokenLogProbability? LogProbability = null);
