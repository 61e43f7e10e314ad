namespace LocalLlm.Evaluation;

/// <summary>Consecutive tokens of a chunk that are read at once.</summary>
/// <param name="Tokens">The tokens.</param>
/// <param name="Position">Where in its chunk it begins.</param>
/// <param name="FirstScored">The first of its tokens whose successor is scored.</param>
/// <param name="Targets">The successors that are scored: of that token and those that follow it. Empty in the first half of a chunk.</param>
internal readonly record struct TextPiece(ReadOnlyMemory<int> Tokens, int Position, int FirstScored, ReadOnlyMemory<int> Targets);
