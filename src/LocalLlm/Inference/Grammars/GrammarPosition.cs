namespace LocalLlm.Inference;

/// <summary>Where a text stands in a grammar.</summary>
/// <param name="Text">What it leads to as characters, without one that has only begun.</param>
/// <param name="Named">What it leads to where its last token was named as such; the same where no character has only begun.</param>
/// <param name="Partial">A character that has only begun.</param>
internal readonly record struct GrammarPosition(GrammarState Text, GrammarState Named, PartialCharacter Partial);
